import { getTableColumns, Placeholder, sql, type SQL } from "drizzle-orm";
import { toSnakeCase } from "drizzle-orm/casing";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import { isId } from "@stampede/core/ids";

/*
 * Sets of rows as one parameter. The text of a statement must not depend on how many rows it is
 * for: each length would be another prepared statement.
 */

/** `column = any(ids)`, with texts that can be no id left out: they name nothing. */
export const isAnyOf = (column: PgColumn, ids: Iterable<string> | Placeholder): SQL =>
  sql`${column} = any(${ids instanceof Placeholder ? ids : uuidArray(ids)}::uuid[])`;

/** A PostgreSQL array literal of the ids, without doubles. */
export const uuidArray = (ids: Iterable<string>): string =>
  `{${[...new Set(ids)].filter(isId).join(",")}}`;

/** The SQL name of a column, as the schema's casing makes it. */
export const columnName = (field: string): SQL => sql.identifier(toSnakeCase(field)) as unknown as SQL;

/**
 * Rows as a table: `unnest(userIds, balances, ...) as r("userId", balance, ...)`, with the columns and
 * types of `table`. One parameter a column, whatever the number of rows.
 */
export const recordset = (table: PgTable, fields: readonly string[], rows: readonly object[]): SQL =>
  recordsetOf(table, fields, (field) => columnOf(rows, field));

/** The same with the columns from elsewhere: places that are filled in later. */
export const recordsetOf = (
  table: PgTable,
  fields: readonly string[],
  column: (field: string) => string | Placeholder,
): SQL => {
  const columns = getTableColumns(table);
  const arrays = fields.map(
    (field) => sql`${column(field)}::${sql.raw(columns[field]!.getSQLType())}[]`,
  );
  const names = fields.map((field) => sql.identifier(field));
  return sql`unnest(${sql.join(arrays, sql`, `)}) as r(${sql.join(names, sql`, `)})`;
};

/** One column of the rows, as an array literal. */
export const columnOf = (rows: readonly object[], field: string): string =>
  arrayOf(rows.map((row) => (row as Record<string, unknown>)[field] ?? null));

/**
 * A PostgreSQL array literal. It is written as JSON is but for its brackets and for escapes: in an
 * array the character after a backslash stands for itself, whatever it is.
 */
export const arrayOf = (values: readonly unknown[]): string => {
  const json = JSON.stringify(values);
  const literal = /\\[^"\\]/.test(json) ? values.map(elementOf).join(",") : json.slice(1, -1);
  return `{${literal}}`;
};

const elementOf = (value: unknown): string =>
  typeof value === "string" ? `"${value.replace(/["\\]/g, "\\$&")}"` : String(value);
