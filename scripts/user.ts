import { exportPerson, forgetPerson } from "@stampede/db/people";
import { openTransactions } from "@stampede/db/transactions";
import { withShopDatabase } from "./database.ts";

// `npm run --silent user -- export shopper@example.com`: everything the shop knows of somebody, as JSON.
// `npm run user -- forget shopper@example.com`: their name, address and sessions go; the books stay.

const [verb, email] = process.argv.slice(3);
if ((verb !== "export" && verb !== "forget") || email === undefined) {
  throw new Error("Say what to do and for whom: npm run user -- export|forget shopper@example.com");
}

await withShopDatabase(async (url) => {
  const transactions = openTransactions({ url, name: "stampede user", connections: 1 });
  try {
    const told = await transactions.run(async (tx) => {
      if (verb === "export") return JSON.stringify(await exportPerson(tx, email), null, 2);
      const id = await forgetPerson(tx, email);
      return id && `Forgotten; the books know them as ${id}.`;
    });
    if (told === undefined) throw new Error(`Nobody has the address ${email}.`);
    console.log(told);
  } finally {
    await transactions.close();
  }
});
