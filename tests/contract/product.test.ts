import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newKey } from "../support/client.ts";
import { expectRefused } from "../support/refused.ts";
import { startShop, type Product, type Shop } from "../support/shop.ts";
import { anId } from "../support/values.ts";
import { walkPages } from "../support/walk.ts";

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

test("with nothing in it, the shop answers empty lists", async () => {
  expect(await shop.visitor.product.list.query()).toEqual({ items: [], nextCursor: null });
  expect(await shop.visitor.product.popular.query()).toEqual([]);
  expect(await shop.visitor.coupon.list.query()).toEqual([]);
});

test("anyone reads a product, with exactly the fields of the contract", async () => {
  const made = await shop.product({
    name: "머그컵 Mug ☕",
    description: "Holds tea",
    price: 12_000,
    stock: 7,
    imageUrl: "/mug.webp",
  });
  const product = {
    productId: anId,
    name: "머그컵 Mug ☕",
    description: "Holds tea",
    price: 12_000,
    stock: 7,
    imageUrl: "/mug.webp",
  };
  expect(made).toEqual(product);
  expect(await shop.visitor.product.byId.query({ productId: made.productId })).toEqual(made);
  const shopper = await shop.shopper();
  expect(await shopper.api.product.byId.query({ productId: made.productId })).toEqual(made);
});

test("a list and a product, asked again and again, are as they are now after every change", async () => {
  const { api } = await shop.admin();
  let now = await shop.product({ name: "As it is now", price: 1_000, stock: 5 });
  const { productId } = now;
  const expectNow = async () => {
    for (let turn = 0; turn < 2; turn++) {
      expect(await shop.visitor.product.byId.query({ productId })).toEqual(now);
      expect((await shop.visitor.product.list.query({ query: "as it is now" })).items).toEqual([now]);
    }
  };
  await expectNow();
  const changes = [{ name: "As it is now, too" }, { description: "A text" }, { price: 2_000 }, { imageUrl: "/now.webp" }];
  for (const change of [...changes, { imageUrl: null }]) {
    now = { ...now, ...change };
    expect(await api.admin.product.update.mutate({ productId, ...change })).toEqual(now);
    await expectNow();
  }
  await api.admin.product.restock.mutate({ productId, quantity: 3, idempotencyKey: newKey() });
  now = { ...now, stock: 8 };
  await expectNow();
  const { api: shopper } = await shop.shopper(10_000);
  await shopper.order.place.mutate({ items: [{ productId, quantity: 2 }], idempotencyKey: newKey() });
  now = { ...now, stock: 6 };
  await expectNow();
});

test("a visitor with a worn-out token still reads what is public", async () => {
  const answered = await shop.http.send(`${shop.url}/trpc/product.list`, {
    headers: { authorization: "Bearer worn-out" },
  });
  expect(answered.status).toBe(200);
});

test("a product that does not exist is PRODUCT_NOT_FOUND, whatever its id looks like", async () => {
  const { productId } = await shop.product();
  const strangers = [
    "00000000-0000-7000-8000-000000000000",
    productId.toUpperCase(),
    `${productId} `,
    "no id at all",
    "' or 1=1 --",
    "{}",
    "\u0000",
    "\ud800",
    "x".repeat(128),
  ];
  for (const stranger of strangers)
    await expectRefused(
      shop.visitor.product.byId.query({ productId: stranger }),
      "PRODUCT_NOT_FOUND",
    );
});

describe("product.list", () => {
  const prices = [3_000, 1_000, 2_000, 1_000, 3_000, 1_000, 0, 1_000_000_000];
  let made: Product[];
  beforeAll(async () => {
    made = [];
    for (const price of prices) made.push(await shop.product({ name: "Listed thing", price }));
  });
  const listed = (over: object) => (cursor: string | undefined) =>
    shop.visitor.product.list.query({ query: "listed THING", ...over, ...(cursor && { cursor }) });

  test("answers the newest first", async () => {
    const { items, nextCursor } = await listed({})(undefined);
    expect(items).toEqual(made.toReversed());
    expect(nextCursor).toBeNull();
  });

  test.each([1, 2, 3, 7, 8, 100])("is complete, without doubles, by pages of %i", async (limit) => {
    for (const sort of ["newest", "priceAsc", "priceDesc"] as const) {
      const pages = await walkPages(listed({ limit, sort }));
      const sizes = Array.from({ length: Math.ceil(8 / limit) }, (_none, page) =>
        Math.min(limit, 8 - page * limit),
      );
      expect(pages.map((page) => page.length)).toEqual(sizes);
      const items = pages.flat();
      expect(new Set(items.map(({ productId }) => productId)).size).toBe(8);
      if (sort === "newest") expect(items).toEqual(made.toReversed());
      else {
        const ascending = prices.toSorted((a, b) => a - b);
        const wanted = sort === "priceAsc" ? ascending : ascending.toReversed();
        expect(items.map(({ price }) => price)).toEqual(wanted);
      }
    }
  });

  test("a product added between two pages is no double and hides nobody", async () => {
    const first = await listed({ limit: 3 })(undefined);
    const late = await shop.product({ name: "Listed thing, late" });
    const rest = await walkPages((cursor) =>
      listed({ limit: 3 })(cursor ?? first.nextCursor ?? undefined),
    );
    expect([...first.items, ...rest.flat()]).toEqual(made.toReversed());
    made.push(late);
    made = made.filter((product) => product !== late);
    await (await shop.admin()).api.admin.product.update.mutate({
      productId: late.productId,
      name: "Elsewhere",
    });
  });

  test("answers 20 when nobody says how many", async () => {
    await Promise.all(Array.from({ length: 21 }, () => shop.product({ name: "Twenty-one" })));
    const page = await shop.visitor.product.list.query({ query: "twenty-one" });
    expect(page.items.length).toBe(20);
    expect(page.nextCursor).toEqual(anId);
  });

  test.each([0, -1, 101, 1.5, "5", null, true, [5], {}])(
    "refuses the limit %j",
    async (limit) => {
      const asked = shop.visitor.product.list.query({ limit: limit as number });
      await expectRefused(asked, "INVALID_INPUT", {
        issues: [{ path: ["limit"], message: expect.any(String) }],
      });
    },
  );

  test.each([
    "",
    "x",
    "1_2",
    "-1_00000000-0000-7000-8000-000000000000",
    "1_00000000-0000-7000-8000-000000000000\n",
    "99999999999999999999_00000000-0000-7000-8000-000000000000",
    "1_00000000-0000-7000-8000-00000000000Z",
    7,
    {},
  ])("refuses the cursor %j", async (cursor) => {
    const asked = shop.visitor.product.list.query({ cursor: cursor as string });
    await expectRefused(asked, "INVALID_INPUT", {
      issues: [{ path: ["cursor"], message: expect.any(String) }],
    });
  });

  test("a cursor that somebody made up is answered with a page or INVALID_INPUT", async () => {
    for (const position of ["0", "1", "253402300800000", "999999999999999"])
      for (const sort of ["newest", "priceAsc", "priceDesc"] as const) {
        const cursor = `${position}_ffffffff-ffff-ffff-ffff-ffffffffffff`;
        const asked = shop.visitor.product.list.query({ cursor, sort });
        const ending = await asked.then(
          () => "a page",
          (error: { data?: { reason?: string } }) => error.data?.reason,
        );
        expect(["a page", "INVALID_INPUT"], `${sort} ${cursor}`).toContain(ending);
      }
  });

  test("finds a text in name and description; % and _ are characters", async () => {
    const named = await shop.product({ name: "100% Wolle_x" });
    const described = await shop.product({ name: "Scarf", description: "of 100% wOLLe_x \\ and" });
    const other = await shop.product({ name: "100 Wolle-x" });
    const found = async (query: string) =>
      (await shop.visitor.product.list.query({ query, limit: 100 })).items.map(
        ({ productId }) => productId,
      );
    expect(await found("100% wolle_X")).toEqual([described.productId, named.productId]);
    expect(await found("  100% wolle_X ")).toEqual([described.productId, named.productId]);
    expect(await found("wolle")).toEqual([other.productId, described.productId, named.productId]);
    expect(await found("\\")).toEqual([described.productId]);
    expect(await found("'; drop table products; --")).toEqual([]);
  });

  test("refuses an unknown sort, an unknown field, and a search of 101 characters", async () => {
    const list = shop.visitor.product.list;
    await expectRefused(list.query({ sort: "cheapest" as "newest" }), "INVALID_INPUT", {
      issues: [{ path: ["sort"], message: expect.any(String) }],
    });
    await expectRefused(list.query({ page: 2 } as object), "INVALID_INPUT", {
      issues: [{ path: [], message: expect.stringContaining("page") }],
    });
    await expectRefused(list.query({ query: "x".repeat(101) }), "INVALID_INPUT", {
      issues: [{ path: ["query"], message: expect.any(String) }],
    });
    expect(await list.query({ query: "x".repeat(100) })).toEqual({ items: [], nextCursor: null });
  });
});

describe("product.popular", () => {
  const buy = async (...lines: { productId: string; quantity: number }[]) => {
    const shopper = await shop.shopper(1_000_000);
    return shopper.api.order.place.mutate({ items: lines, idempotencyKey: newKey() });
  };
  let made: Product[];
  beforeAll(async () => {
    made = [];
    for (const name of ["A", "B", "C", "D", "E", "F"]) made.push(await shop.product({ name }));
  });

  test("ranks by the number of orders, not by quantity, the top five", async () => {
    const [a, b, c, d, e, f] = made.map(({ productId }) => productId) as [string, ...string[]];
    for (let order = 0; order < 3; order++) await buy({ productId: a, quantity: 1 });
    // Two lines of one product are one order of it.
    await buy({ productId: b!, quantity: 50 }, { productId: b!, quantity: 40 });
    for (let order = 0; order < 2; order++)
      await buy({ productId: c!, quantity: 1 }, { productId: d!, quantity: 1 });
    await buy({ productId: e!, quantity: 9 });
    await buy({ productId: f!, quantity: 1 });
    await buy({ productId: d!, quantity: 1 }, { productId: a, quantity: 1 });

    const popular = await shop.visitor.product.popular.query();
    expect(popular.map(({ name, rank, orderCount }) => ({ name, rank, orderCount }))).toEqual([
      { name: "A", rank: 1, orderCount: 4 },
      { name: "D", rank: 2, orderCount: 3 },
      { name: "C", rank: 3, orderCount: 2 },
      // Of equals, the one ordered last comes first.
      { name: "F", rank: 4, orderCount: 1 },
      { name: "E", rank: 5, orderCount: 1 },
    ]);
    expect(popular[0]).toEqual({ ...made[0], stock: 96, rank: 1, orderCount: 4 });
  });

  test("shows a product as it is now", async () => {
    const { api } = await shop.admin();
    const productId = made[0]!.productId;
    await api.admin.product.update.mutate({ productId, name: "A2", price: 5 });
    const [first] = await shop.visitor.product.popular.query();
    expect(first).toEqual({
      ...made[0],
      name: "A2",
      price: 5,
      stock: 96,
      rank: 1,
      orderCount: 4,
    });
  });

  test("answers the same whether the log has been written or not, and after it has", async () => {
    const before = await shop.visitor.product.popular.query();
    await shop.logWritten();
    expect(await shop.visitor.product.popular.query()).toEqual(before);
  });

  test("forgets an order when it is three days old", async () => {
    await shop.logWritten();
    const countOf = async (name: string) =>
      (await shop.visitor.product.popular.query()).find((product) => product.name === name)
        ?.orderCount;
    expect(await countOf("A2")).toBe(4);
    // One order of A2, alone in it, becomes three days old in two and a half seconds.
    const [aged] = await shop.sql<{ order_id: string }[]>`
      update orders set paid_at = now() - interval '72 hours' + interval '2500 ms'
      where order_id = (
        select order_id from order_lines join orders using (order_id)
        where product_id = ${made[0]!.productId} order by paid_at limit 1
      ) returning order_id`;
    expect(aged).toEqual({ order_id: anId });
    expect(await countOf("A2")).toBe(4);
    await expect.poll(() => countOf("A2"), { timeout: 5_000 }).toBe(3);
    await shop.audit();
    // And stays forgotten when the worker has moved its window.
    await expect
      .poll(
        async () => {
          const [row] = await shop.sql<{ count: number }[]>`
            select order_count::int as count from product_popularity
            where product_id = ${made[0]!.productId}`;
          return row?.count;
        },
        { timeout: 5_000 },
      )
      .toBe(3);
    expect(await countOf("A2")).toBe(3);
  });
});
