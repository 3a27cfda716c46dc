import type { AppRouter } from "@stampede/api/router";
import type { TRPCClient } from "@trpc/client";

/** The API, as whoever holds this client. */
export type Api = TRPCClient<AppRouter>;

/** The browser's client. Its 9 kB come after the page: what is first shown came with the page. */
export const browserApi = async (): Promise<Api> => (await import("./browser")).api;
