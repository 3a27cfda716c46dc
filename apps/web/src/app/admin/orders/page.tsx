import { OrdersAdmin } from "@/features/admin/orders-admin";

export default function OrdersAdminPage() {
  return <OrdersAdmin />;
}
