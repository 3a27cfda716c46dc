import { AuditView } from "@/features/admin/audit-view";

export default function AuditPage() {
  return <AuditView />;
}
