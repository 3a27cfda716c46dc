import { z } from "zod";
import { krwSchema } from "../fields.ts";
import { idempotencyKeySchema, idInputSchema, idSchema } from "../ids.ts";
import { priceMax } from "../money.ts";
import { pageFields, pageOf } from "../page.ts";
import { textSchema } from "../text.ts";

export const productSchema = z.strictObject({
  productId: idSchema,
  name: z.string(),
  description: z.string(),
  price: krwSchema,
  stock: z.int().nonnegative(),
  imageUrl: z.string().nullable(),
});
export type Product = z.output<typeof productSchema>;

export const productSortSchema = z.enum(["newest", "priceAsc", "priceDesc"]);
export type ProductSort = z.output<typeof productSortSchema>;

export const productListInputSchema = z.strictObject({
  ...pageFields,
  query: textSchema(100).optional(),
  sort: productSortSchema.default("newest"),
});
export type ProductListInput = z.output<typeof productListInputSchema>;
export const productPageSchema = pageOf(productSchema);

export const productByIdInputSchema = z.strictObject({ productId: idInputSchema });

/** T1: by the number of orders a product is in, not by quantity. */
export const popularProductSchema = productSchema.extend({
  rank: z.int().positive(),
  orderCount: z.int().positive(),
});
export type PopularProduct = z.output<typeof popularProductSchema>;
export const popularProductsSchema = z.array(popularProductSchema);

/** T1: the top five. */
export const popularCount = 5;
/** T1: of the last three days. */
export const popularWindowHours = 72;

/** A million pieces at a time: more is a slip of the finger. */
export const stockQuantityMax = 1_000_000;

const nameField = textSchema(200).refine((name) => name.trim() !== "", "A name is needed.");
const priceField = z.int().min(0).max(priceMax);
// A picture of the shop itself or from a web address; nothing that a browser could run.
const imageUrlField = textSchema(2048).regex(/^(https?:\/\/[^\s]+|\/(?!\/)[^\s]*)$/);

export const productCreateInputSchema = z.strictObject({
  name: nameField,
  description: textSchema(5000).default(""),
  price: priceField,
  stock: z.int().min(0).max(stockQuantityMax),
  imageUrl: imageUrlField.nullable().default(null),
});
export type ProductCreateInput = z.output<typeof productCreateInputSchema>;

export const productUpdateInputSchema = z.strictObject({
  productId: idInputSchema,
  name: nameField.optional(),
  description: textSchema(5000).optional(),
  price: priceField.optional(),
  imageUrl: imageUrlField.nullable().optional(),
});
export type ProductUpdateInput = z.output<typeof productUpdateInputSchema>;

export const restockInputSchema = z.strictObject({
  productId: idInputSchema,
  quantity: z.int().min(1).max(stockQuantityMax),
  idempotencyKey: idempotencyKeySchema,
});
export type RestockInput = Omit<z.output<typeof restockInputSchema>, "idempotencyKey">;
