import { backUp } from "@stampede/db/backup";
import { withShopDatabase } from "./database.ts";

// `npm run backup -- shop.backup`: the whole shop at this moment, as one file, while it runs.

const [file] = process.argv.slice(3);
if (file === undefined) throw new Error("Say where to: npm run backup -- shop.backup");
const rows = await withShopDatabase((url) => backUp(url, file));
console.log(`${rows} rows are in ${file}.`);
