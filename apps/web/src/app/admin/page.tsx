import { ProductsAdmin } from "@/features/admin/products-admin";

export default function ProductsAdminPage() {
  return <ProductsAdmin />;
}
