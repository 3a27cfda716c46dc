import type postgres from "postgres";

export interface NewProduct {
  readonly id: string;
  /** KRW */
  readonly price: number;
  readonly stock: number;
}

/** Puts products straight into the tables, hundreds at once, with the entry that says where their stock is from. */
export const addProducts = async (sql: postgres.Sql, products: readonly NewProduct[]): Promise<void> => {
  await sql`
    with made as (
      insert into products (product_id, name, description, price, stock, created_at)
      select id, 'Made for a test', '', price, stock, now()
      from jsonb_to_recordset(${sql.json(products as never)}) as r(id uuid, price bigint, stock bigint)
      returning product_id, stock
    )
    insert into stock_entries (operation_id, product_id, reason, quantity, created_at)
    select product_id, product_id, 'INITIAL', stock, now() from made`;
};
