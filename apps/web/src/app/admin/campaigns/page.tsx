import { CampaignsAdmin } from "@/features/admin/campaigns-admin";

export default function CampaignsAdminPage() {
  return <CampaignsAdmin />;
}
