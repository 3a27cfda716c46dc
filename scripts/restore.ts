import { runAudit } from "@stampede/db/audit";
import { restore } from "@stampede/db/backup";
import { withShopDatabase } from "./database.ts";

// `npm run restore -- shop.backup`: fills an empty database, and proves the books.

const [file] = process.argv.slice(3);
if (file === undefined) throw new Error("Say where from: npm run restore -- shop.backup");
await withShopDatabase(async (url) => {
  const rows = await restore(url, file);
  const { ok, checks } = await runAudit(url);
  console.log(`${rows} rows are back; ${checks.length} checks, ${ok ? "everything adds up" : "the books do NOT add up"}.`);
  if (!ok) process.exitCode = 1;
});
