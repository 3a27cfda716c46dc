import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream/promises";
import { PassThrough, type Writable } from "node:stream";
import { createGunzip, createGzip } from "node:zlib";
import type { Sql } from "postgres";
import { openDriver } from "./hosts.ts";
import { migrateDatabase } from "./migrate.ts";

/*
 * The whole shop as one compressed file: a line of JSON a row, all of one moment, taken while the shop
 * runs. The embedded PostgreSQL brings no pg_dump, and this needs none; for a database of your own
 * pg_dump does as well (docs/runbook.md). Not COPY: after a table of more than 16 KB the driver leaves
 * its socket paused, and the next answer is never read (postgres.js 3.4.9).
 */

/** Each table after those its foreign keys point at. Restored in this order. */
const tables = [
  "users",
  "accounts",
  "sessions",
  "verifications",
  "wallets",
  "products",
  "stock_entries",
  "coupon_campaigns",
  "issued_coupons",
  "orders",
  "order_lines",
  "idempotency_keys",
  "outbox",
  "point_log",
  "product_popularity",
  "popularity_window",
  "audit_log",
  "rate_limits",
] as const;

interface Header {
  readonly format: "stampede backup 1";
  /** Migrations that the tables were made by; a file fits the version of the shop that has as many. */
  readonly migrations: number;
  readonly takenAt: string;
}

/** Lines that name the table of those that follow begin with it; no JSON does. */
const tableMark = "#";
/** The last line: how many rows there were. */
const endMark = "=";
/** Rows that are under way at once: a shop of millions must not be held in memory. */
const batchSize = 500;

/** Writes all tables, as they are at one moment, to `file`; nobody waits meanwhile. Answers the rows. */
export const backUp = (url: string, file: string): Promise<number> =>
  withDriver(url, async (sql) => {
    await sql.unsafe("begin isolation level repeatable read read only");
    const [known] = await sql<{ name: string }[]>`
      select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
        and relname <> all(${[...tables]}::text[])`;
    if (known) throw new Error(`The table ${known.name} is not in the list of what is backed up.`);

    const sink = new PassThrough();
    // Under another name until it is whole: what bears the name can be restored.
    const written = pipeline(sink, createGzip(), createWriteStream(`${file}.part`, { mode: 0o600 }));
    written.catch((error: Error) => sink.destroy(error));
    await write(sink, `${JSON.stringify(await headerOf(sql))}\n`);
    let rows = 0;
    for (const table of tables) {
      await write(sink, `${tableMark}${JSON.stringify({ table, columns: await columnsOf(sql, table) })}\n`);
      const read = sql.unsafe<{ row: string }[]>(`select row_to_json(t)::text as row from ${table} t`);
      for await (const batch of read.cursor(batchSize)) {
        rows += batch.length;
        await write(sink, batch.map(({ row }) => `${row}\n`).join(""));
      }
    }
    await write(sink, `${endMark}${rows}\n`);
    sink.end();
    await written;
    await sql.unsafe("commit");
    await rename(`${file}.part`, file);
    return rows;
  });

/**
 * Fills an empty database from `file`, all or nothing. Throws a sentence when the database is not
 * empty, or the file was made by another version of the shop.
 */
export const restore = async (url: string, file: string): Promise<number> => {
  await migrateDatabase(url);
  return withDriver(url, async (sql) => {
    const lines = createInterface({ input: createReadStream(file).pipe(createGunzip()), crlfDelay: Infinity })[
      Symbol.asyncIterator
    ]();
    await sql.unsafe("begin");
    await requireEmpty(sql);
    await requireSameVersion(sql, (await lines.next()).value as string | undefined);
    // Wallets come out of the file, and so does the popularity's window.
    await sql.unsafe("alter table users disable trigger users_get_wallets");
    await sql.unsafe("delete from popularity_window");
    const rows = await putIn(sql, lines);
    await sql.unsafe("alter table users enable trigger users_get_wallets");
    await sql.unsafe(`select setval(pg_get_serial_sequence('audit_log', 'entry_id'),
      (select coalesce(max(entry_id), 1) from audit_log))`);
    await sql.unsafe("commit");
    return rows;
  });
};

/** Puts the rows in, some hundreds at a time; answers how many. The last line says how many there are. */
const putIn = async (sql: Sql, lines: AsyncIterator<string>): Promise<number> => {
  let insert = "";
  let batch: string[] = [];
  let rows = 0;
  const flush = async () => {
    if (batch.length > 0) await sql.unsafe(insert, [`[${batch.join(",")}]`]);
    rows += batch.length;
    batch = [];
  };
  for (let line = await lines.next(); !line.done; line = await lines.next()) {
    if (line.value.startsWith(endMark)) {
      await flush();
      if (line.value === `${endMark}${rows}`) return rows;
      break;
    }
    if (line.value.startsWith(tableMark)) {
      await flush();
      insert = insertInto(line.value.slice(tableMark.length));
    } else if (batch.push(line.value) === batchSize) await flush();
  }
  throw new Error("The file ends in the middle: it is not whole.");
};

const insertInto = (line: string): string => {
  const { table, columns } = JSON.parse(line) as { table: string; columns: string[] };
  if (!(tables as readonly string[]).includes(table))
    throw new Error(`The file has a table ${table} that the shop does not know.`);
  const names = columns.map((column) => `"${column.replaceAll('"', "")}"`).join(", ");
  return `insert into ${table} (${names}) overriding system value
    select ${names} from json_populate_recordset(null::${table}, $1::text::json)`;
};

const headerOf = async (sql: Sql): Promise<Header> => {
  const [row] = await sql<{ migrations: number; at: Date }[]>`
    select count(*)::int as migrations, now() as at from drizzle.__drizzle_migrations`;
  return { format: "stampede backup 1", migrations: row!.migrations, takenAt: row!.at.toISOString() };
};

const requireSameVersion = async (sql: Sql, line: string | undefined): Promise<void> => {
  const header = JSON.parse(line ?? "{}") as Partial<Header>;
  const own = await headerOf(sql);
  if (header.format !== own.format) throw new Error("The file is no backup of this shop.");
  if (header.migrations !== own.migrations)
    throw new Error(`The file was made after ${header.migrations} migrations, this shop has ${own.migrations}: restore it with that version.`);
};

const requireEmpty = async (sql: Sql): Promise<void> => {
  const [row] = await sql<{ full: boolean }[]>`
    select exists(select from users) or exists(select from products) or exists(select from audit_log) as full`;
  if (row?.full) throw new Error("The database is not empty; restore into a new one.");
};

const columnsOf = async (sql: Sql, table: string): Promise<string[]> => {
  const rows = await sql<{ name: string }[]>`
    select attname as name from pg_attribute
    where attrelid = ${table}::regclass and attnum > 0 and not attisdropped order by attnum`;
  return rows.map(({ name }) => name);
};

/** Waits when the other side is slower: a shop of millions of rows must not be held in memory. */
const write = async (stream: Writable, chunk: string | Buffer): Promise<void> => {
  if (!stream.write(chunk)) await once(stream, "drain");
};

const withDriver = async <T>(url: string, use: (sql: Sql) => Promise<T>): Promise<T> => {
  // One connection: BEGIN and all that follows are on the same.
  const sql = openDriver(url, { max: 1, connect_timeout: 5, onnotice: () => {}, connection: { application_name: "stampede backup" } });
  try {
    return await use(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
};
