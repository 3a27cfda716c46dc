import { once } from "node:events";
import { parseArgs } from "node:util";
import { createShoppers, shopperNumbersProblem } from "@stampede/db/seed/shoppers";
import { openTransactions } from "@stampede/db/transactions";
import { withShopDatabase } from "./database.ts";

// `npm run --silent loadtest:users -- --count N --balance B`: N shoppers with B KRW each, one JSON
// line each on standard output, its token good as a bearer token.

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: { count: { type: "string" }, balance: { type: "string", default: "0" } },
});
const count = Number(values.count ?? Number.NaN);
const balance = Number(values.balance);
const problem = shopperNumbersProblem(count, balance);
if (problem) throw new Error(problem);

await withShopDatabase(async (url) => {
  const transactions = openTransactions({ url, name: "stampede load test", connections: 1 });
  try {
    for await (const shoppers of createShoppers(transactions, count, balance)) {
      const lines = shoppers.map((shopper) => `${JSON.stringify(shopper)}\n`).join("");
      // A reader slower than the database must not make us keep a million lines.
      if (!process.stdout.write(lines)) await once(process.stdout, "drain");
    }
  } finally {
    await transactions.close();
  }
});
