import { runAudit } from "@stampede/db/audit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { report } from "../support/report.ts";
import { seed } from "../support/seed.ts";
import { startShop } from "../support/shop.ts";
import { isLong, size } from "../support/size.ts";
import { commandsFor, type State } from "./commands.ts";
import { Model } from "./model.ts";
import { expectShown, processesOf, worldMaker, type World } from "./world.ts";

/*
 * Random people do random things at several processes, some of which die, and the shop must have done
 * what a few lines of arithmetic say. SEED=... repeats a run; what fails is made as small as it can be.
 */

const runs = size(300, 10_000);
const commandsMax = 14;
/** Histories that go on at once, each in a world of its own: waiting is most of what one does. */
const lanes = 10;
/** Proving all the books takes longer than a run. */
const runsPerAudit = isLong ? 500 : 50;

const carriedOut = async (commands: Iterable<fc.AsyncCommand<State, World>>, world: World) => {
  const state: State = { model: new Model() };
  await fc.asyncModelRun(() => ({ model: state, real: world }), commands);
  await expectShown(state.model, world);
  return state.model;
};

/** In the middle of everything: the audit waits for nobody. */
const expectBooks = async (databaseUrl: string) => {
  const { checks } = await runAudit(databaseUrl);
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
};

test(`the shop does what a simple model does, in ${runs} random histories`, async () => {
  await using shop = await startShop({ apis: 3, breaks: true });
  const processes = processesOf(shop);
  const nextWorld = worldMaker(shop, processes);
  const startedAt = performance.now();
  let [run, requests] = [0, 0];
  const lane = async (laneSeed: number) => {
    const property = fc.asyncProperty(
      commandsFor(processes.count, commandsMax),
      async (commands) => {
        const model = await carriedOut(commands, await nextWorld());
        requests += model.sent.length;
        if (++run % runsPerAudit === 0) await expectBooks(shop.databaseUrl);
      },
    );
    await fc.assert(property, { numRuns: Math.ceil(runs / lanes), seed: laneSeed });
  };
  await Promise.all(Array.from({ length: lanes }, (_none, index) => lane(seed + index)));
  await processes.allUp();
  await shop.logWritten();
  await shop.audit();
  const seconds = (performance.now() - startedAt) / 1_000;
  const { kill, stop } = processes.ended;
  console.log(
    `SEED=${seed}: ${run} histories, ${requests} requests, ${kill} processes killed, ${stop} ` +
      `restarted, in ${seconds.toFixed(0)} s`,
  );
  report("model", {
    "random histories beside the model": run,
    "requests of these histories": requests,
    "processes killed in a history": kill,
    "processes restarted in a history": stop,
  });
  // A run in which nobody died has shown less than it says.
  expect(Math.min(kill, stop)).toBeGreaterThan(0);
  const wrong = shop.apis.flatMap((api) => api.log()).filter(({ level }) => Number(level) >= 50);
  expect(wrong).toEqual([]);
});

test("a planted mistake is found, and told by the two requests that show it", async () => {
  await using shop = await startShop({ apis: 2, breaks: true });
  // The second movement of a wallet is forgotten; what everybody begins with has the number 1.
  await shop.sql.unsafe(`
    create function forget_second() returns trigger language plpgsql as $$
    begin
      if new.seq = 3 then new.balance := old.balance; end if;
      return new;
    end $$;
    create trigger forget_second before update on wallets
      for each row execute function forget_second()`);
  const nextWorld = worldMaker(shop, processesOf(shop));
  const found = await fc.check(
    fc.asyncProperty(commandsFor(2, commandsMax), async (commands) => {
      await carriedOut(commands, await nextWorld());
    }),
    { numRuns: 1_000, seed },
  );
  expect(found.failed).toBe(true);
  const told = [...found.counterexample![0]].map(String).join(" ");
  console.log(`after ${found.numRuns} histories and ${found.numShrinks} steps: ${told}`);
  // Of one person, out of a dozen of three.
  const movements = [...told.matchAll(/"kind":"(?:charge|order)","who":(\d)|"again"/g)];
  expect(movements).toHaveLength(2);
  // A process that dies beside them may stay: whether it matters is up to the moment it dies.
  const requests = told.replaceAll(/\{"how":[^}]*\}/g, "").match(/"process":/g);
  expect(requests).toHaveLength(2);
});
