import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import { router } from "../trpc/procedures.ts";
import { adminRouter } from "./admin.ts";
import { couponRouter } from "./coupon.ts";
import { orderRouter } from "./order.ts";
import { productRouter } from "./product.ts";
import { shopRouter } from "./shop.ts";
import { walletRouter } from "./wallet.ts";

/** Every procedure of the contract, and the shop's clock. Programs import the *type*: `import type { AppRouter }`. */
export const appRouter = router({
  product: productRouter,
  coupon: couponRouter,
  wallet: walletRouter,
  order: orderRouter,
  admin: adminRouter,
  shop: shopRouter,
});

export type AppRouter = typeof appRouter;
export type RouterInputs = inferRouterInputs<AppRouter>;
export type RouterOutputs = inferRouterOutputs<AppRouter>;
