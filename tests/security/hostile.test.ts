import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorTable } from "../support/refused.ts";
import { decent, hostile, hostileJson, hostileNumbers, hostileTexts } from "../support/hostile.ts";
import { insideOf, probed } from "../support/probe.ts";
import { procedures, type Procedure } from "../support/procedures.ts";
import { seed } from "../support/seed.ts";
import { startShop, type Person, type Shop } from "../support/shop.ts";

/*
 * Generated input over every procedure of the router, as nobody, as a shopper, as an admin: always an
 * answer of the contract, never one of ours; afterwards the process is as it was, and the books add
 * up. tests/contract/bad-input.test.ts has what is written by hand: broken JSON, sizes, addresses.
 */

let shop: Shop;
let tokens: readonly (string | undefined)[];
let shopper: Person;
let admin: Person;
beforeAll(async () => {
  shop = await startShop({ variables: probed });
  shopper = await shop.shopper(1_000_000);
  admin = await shop.admin();
  await shop.product();
  await shop.campaign();
  tokens = [undefined, shopper.token, admin.token];
});
afterAll(() => shop[Symbol.asyncDispose]());

interface Case {
  readonly procedure: Procedure;
  readonly token: string | undefined;
  readonly input: unknown;
}

const ask = ({ procedure, token, input }: Case) => {
  const url = `${shop.url}/trpc/${procedure.path}`;
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const text = hostileJson(input);
  if (procedure.type === "query") {
    const given = encodeURIComponent(text).slice(0, 12_000);
    return shop.http.send(`${url}?input=${given}`, { headers: authorization });
  }
  const headers = { "content-type": "application/json", ...authorization };
  return shop.http.send(url, { method: "POST", headers, body: text });
};

/** A result, or a refusal of the contract's table in the contract's form. */
const expectContract = (status: number, text: string) => {
  const { result, error, ...more } = JSON.parse(text) as {
    result?: object;
    error?: { data: { reason: keyof typeof errorTable; httpStatus: number }; message: string };
  };
  expect(more).toEqual({});
  if (error === undefined) {
    expect(status).toBe(200);
    expect(Object.keys(result!)).toEqual(["data"]);
    return "OK";
  }
  const { data, message } = error;
  expect(errorTable[data.reason][1]).toBe(status);
  expect(data.httpStatus).toBe(status);
  expect(status).toBeLessThan(500);
  expect(message).toMatch(/^[A-Z0-9]\S* .+/s);
  const allowed = ["code", "details", "httpStatus", "issues", "path", "reason", "requestId", "retry"];
  expect(allowed).toEqual(expect.arrayContaining(Object.keys(data)));
  return data.reason;
};

const askAsContract = async (each: Case) => {
  try {
    const { status, text } = await ask(each);
    return expectContract(status, text);
  } catch (error) {
    const what = `${each.procedure.path} ${hostileJson(each.input)}`;
    throw new Error(`answered out of the contract: ${what}`, { cause: error });
  }
};

const inFlight = 40;

/** Asks all of them, some at a time; answers how many ended how. */
const askAll = async (cases: readonly Case[]): Promise<Record<string, number>> => {
  const endings: Record<string, number> = {};
  let next = 0;
  const worker = async () => {
    for (let each = cases[next++]; each; each = cases[next++]) {
      const ending = await askAsContract(each);
      endings[ending] = (endings[ending] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return endings;
};

const generated = (perProcedure: number, salt: number): Case[] =>
  procedures.flatMap((procedure, index) => {
    const inputs = fc.sample(fc.oneof(hostile(procedure.input), decent(procedure.input)), {
      numRuns: perProcedure,
      seed: seed + index + salt,
    });
    // Two of three as somebody who may: whoever may not is refused before the input is looked at.
    const who = procedure.access === "admin" ? [admin.token, admin.token, shopper.token] : tokens;
    return inputs.map((input, at) => ({ procedure, token: who[at % who.length], input }));
  });

describe("input from nowhere", () => {
  test(
    "10,000 generated cases over all procedures: the contract's answers, and a process as it was",
    { timeout: 120_000 },
    async () => {
      const perProcedure = Math.ceil(10_000 / procedures.length);
      // What is made once, caches and plans and metrics, is made in these.
      await askAll(generated(Math.ceil(perProcedure / 4), 1_000));
      const before = await insideOf(shop.apis[0]!);
      const endings = await askAll(generated(perProcedure, 0));
      const after = await insideOf(shop.apis[0]!);

      const asked = Object.values(endings).reduce((sum, count) => sum + count, 0);
      expect(asked).toBeGreaterThanOrEqual(10_000);
      // Vacuous if everything were refused at the door.
      for (const reason of ["OK", "INVALID_INPUT", "UNAUTHENTICATED", "FORBIDDEN", "PRODUCT_NOT_FOUND"])
        expect(endings[reason] ?? 0, reason).toBeGreaterThan(50);
      expect(after.builtIns).toEqual(before.builtIns);
      // A leak of 1 KB a request would be 10 MB.
      expect(after.heapBytes - before.heapBytes).toBeLessThan(6_000_000);
    },
  );

  test("every field of every procedure takes the whole corpus", { timeout: 60_000 }, async () => {
    const strangers = [...hostileTexts, ...hostileNumbers, null, true, [], {}, [[1]]];
    const cases = procedures.flatMap((procedure): Case[] => {
      const [right] = fc.sample(decent(procedure.input), { numRuns: 1, seed });
      const fields = Object.keys(procedure.input.properties ?? {});
      return fields.flatMap((field) =>
        strangers.map((strange) => ({
          procedure,
          token: admin.token,
          input: { ...(right as object), [field]: strange },
        })),
      );
    });
    expect(cases.length).toBeGreaterThan(2_000);
    await askAll(cases);
  });

  test("the corpus in headers and cookies reaches nothing", async () => {
    const printable = hostileTexts.filter((text) => /^[\x20-\x7e]+$/.test(text));
    const names = ["authorization", "cookie", "x-request-id", "x-forwarded-for", "user-agent", "origin"];
    const asked = names.flatMap((name) =>
      printable.flatMap((text) =>
        [text, `Bearer ${text}`, `better-auth.session_token=${encodeURIComponent(text)}`].map(
          async (value) => {
            const { status, text: body } = await shop.http.send(`${shop.url}/trpc/wallet.balance`, {
              headers: { [name]: value },
            });
            expect(status, `${name}: ${value}`).toBe(401);
            expectContract(status, body);
          },
        ),
      ),
    );
    await Promise.all(asked);
  });
});
