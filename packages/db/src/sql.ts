import { getTableColumns, sql, type SQL } from "drizzle-orm";
import { toSnakeCase } from "drizzle-orm/casing";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import { isId } from "@stampede/core/ids";

/*
 * Sets of rows as one parameter. The text of a statement must not depend on how many rows it is
 * for: each length would be another prepared statement.
 */

/** `column = any(ids)`, with texts that can be no id left out: they name nothing. */
export const isAnyOf = (column: PgColumn, ids: Iterable<string>): SQL =>
  sql`${column} = any(${uuidArray(ids)}::uuid[])`;

/** A PostgreSQL array literal of the ids, sorted and without doubles. */
export const uuidArray = (ids: Iterable<string>): string =>
  `{${[...new Set(ids)].filter(isId).sort().join(",")}}`;

/** The SQL name of a column, as the schema's casing makes it. */
export const columnName = (field: string): SQL => sql.identifier(toSnakeCase(field)) as unknown as SQL;

/**
 * Rows as a table: `json_to_recordset(rows) as r("userId" uuid, balance bigint, ...)`, with the
 * columns and types of `table`. One parameter, whatever the number of rows.
 */
export const recordset = (table: PgTable, fields: readonly string[], rows: readonly object[]): SQL => {
  const columns = getTableColumns(table);
  const definitions = fields.map(
    (field) => sql`${sql.identifier(field)} ${sql.raw(columns[field]!.getSQLType())}`,
  );
  return sql`json_to_recordset(${JSON.stringify(rows)}::json) as r(${sql.join(definitions, sql`, `)})`;
};
