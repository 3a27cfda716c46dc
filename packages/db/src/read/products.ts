import { decodeCursor, isId } from "@stampede/core/ids";
import type { Page } from "@stampede/core/page";
import type { Product, ProductListInput, ProductSort } from "@stampede/core/product/schema";
import { toInstant } from "@stampede/core/time";
import { and, asc, desc, ilike, or, sql } from "drizzle-orm";
import type { Database } from "../connect.ts";
import { products } from "../schema/products.ts";
import { isAnyOf, uuidArray } from "../sql.ts";
import { oncePerDatabase, writtenOnce } from "../statement.ts";
import { toPage } from "./page.ts";

/** The columns of a product that the rules and the shoppers know. */
export const productColumns = {
  productId: products.productId,
  name: products.name,
  description: products.description,
  price: products.price,
  stock: products.stock,
  imageUrl: products.imageUrl,
};

/** A product as PostgreSQL writes it; `productOf` reads it. */
export interface RawProduct extends Record<string, unknown> {
  readonly product_id: string;
  readonly name: string;
  readonly description: string;
  readonly price: string;
  readonly stock: string;
  readonly image_url: string | null;
}

const byIds = writtenOnce<RawProduct>(sql`
  select ${sql.join(Object.values(productColumns), sql`, `)} from ${products}
  where ${isAnyOf(products.productId, sql.placeholder("ids"))}
`);

/** The products among these ids, by id (P1). Most are as they were a moment ago, and nobody has to read them. */
export const readRawProducts = async (
  db: Database,
  ids: readonly string[],
): Promise<Map<string, RawProduct>> => {
  if (!ids.some(isId)) return new Map();
  const rows = await byIds(db, { ids: uuidArray(ids) });
  return new Map(rows.map((row) => [row.product_id, row]));
};

export const productOf = (row: RawProduct): Product => ({
  productId: row.product_id,
  name: row.name,
  description: row.description,
  price: Number(row.price),
  stock: Number(row.stock),
  imageUrl: row.image_url,
});

/** One page of the catalogue; `query` looks for its text in name and description. */
export const listProducts = async (
  db: Database,
  { query, sort, cursor, limit }: ProductListInput,
): Promise<Page<Product>> => {
  const { position, id } = cursor ? decodeCursor(cursor) : {};
  const rows = await statementOf(db, { sort, isSearch: Boolean(query), goesOn: Boolean(cursor) }).execute({
    limit: limit + 1,
    pattern: query && patternOf(query),
    position: position !== undefined && sort === "newest" ? toInstant(position) : position,
    id,
  });
  return toPage(
    rows,
    limit,
    ({ createdAt: _, ...product }) => product,
    (row) => ({
      position: sort === "newest" ? Date.parse(row.createdAt) : row.price,
      id: row.productId,
    }),
  );
};

/** What the text of the statement depends on. */
interface PageShape {
  readonly sort: ProductSort;
  readonly isSearch: boolean;
  /** From a cursor on. */
  readonly goesOn: boolean;
}

const statements = oncePerDatabase(() => new Map<string, ReturnType<typeof prepare>>());

/** Prepared when it is first asked so: to write it each time is 1.3 µs of every call that shares one. */
const statementOf = (db: Database, shape: PageShape) => {
  const known = statements(db);
  const name = `products ${Object.values(shape).join(" ")}`;
  const statement = known.get(name) ?? prepare(db, name, shape);
  known.set(name, statement);
  return statement;
};

const prepare = (db: Database, name: string, { sort, isSearch, goesOn }: PageShape) =>
  db
    .select({ ...productColumns, createdAt: products.createdAt })
    .from(products)
    .where(and(isSearch ? matches : undefined, goesOn ? orders[sort].after : undefined))
    .orderBy(...orders[sort].by)
    .limit(sql.placeholder("limit"))
    .prepare(name);

/** Where the cursor points. */
const place = { position: sql.placeholder("position"), id: sql.placeholder("id") };

/** How each sort orders the rows, and which rows come after a cursor; ties go by id. */
const orders = {
  newest: {
    by: [desc(products.createdAt), desc(products.productId)],
    after: sql`(${products.createdAt}, ${products.productId}) < (${place.position}::timestamptz, ${place.id}::uuid)`,
  },
  priceAsc: {
    by: [asc(products.price), asc(products.productId)],
    after: sql`(${products.price}, ${products.productId}) > (${place.position}::bigint, ${place.id}::uuid)`,
  },
  priceDesc: {
    by: [desc(products.price), desc(products.productId)],
    after: sql`(${products.price}, ${products.productId}) < (${place.position}::bigint, ${place.id}::uuid)`,
  },
} as const;

const matches = or(
  ilike(products.name, sql.placeholder("pattern")),
  ilike(products.description, sql.placeholder("pattern")),
);

// % and _ in a search are characters, not wildcards.
const patternOf = (query: string): string => `%${query.trim().replace(/[\\%_]/g, "\\$&")}%`;
