import { runAudit } from "@stampede/db/audit";
import { withShopDatabase } from "./database.ts";

// `npm run audit`: proves that the shop's books add up, while it runs. Exit 1 when they do not.

const audit = await withShopDatabase(runAudit);
for (const { name, ok, checked, violations } of audit.checks) {
  console.log(`${ok ? "ok    " : "BROKEN"} ${name} (${checked} checked)`);
  for (const violation of violations) console.log(`       ${JSON.stringify(violation)}`);
}
const verdict = audit.ok ? "Everything adds up" : "The books do NOT add up";
console.log(`\n${verdict}, ${audit.checkedAt}.`);
if (!audit.ok) process.exitCode = 1;
