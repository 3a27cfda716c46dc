import { expect, test as base, type BrowserContext, type Page } from "@playwright/test";
import type { AppRouter } from "@stampede/api/router";
import type { Product } from "@stampede/core/product/schema";
import { cloneDatabase, type TestServer } from "@stampede/db/testing/server";
import { createTRPCClient, httpLink } from "@trpc/client";
import { apiVariables, Program } from "./programs.ts";

export const demoPassword = "stampede-demo";
export const adminEmail = "admin@stampede.test";

export type ApiClient = ReturnType<typeof clientFor>;

/** A shop of one test worker: its own database, API and storefront. */
export interface Shop {
  readonly webUrl: string;
  readonly api: Program;
  /** The API as the administrator. */
  readonly admin: ApiClient;
  /** Somebody new, known to the API only, with `demoPassword`. */
  shopper(balance?: number): Promise<{ client: ApiClient; email: string }>;
  /** The same for those whose name nobody needs. */
  rival(balance?: number): Promise<ApiClient>;
  /** A product nobody else in the run touches. */
  product(over?: Partial<Product>): Promise<Product>;
  /** A campaign that is open now. */
  campaign(over?: {
    totalQuantity?: number;
    opensInMs?: number;
    closesInMs?: number;
  }): Promise<{ couponId: string; name: string }>;
  /** Signs somebody new in at a browser; answers the same person's client of the API. */
  signedIn(context: BrowserContext, balance?: number): Promise<ApiClient>;
  signIn(context: BrowserContext, email: string): Promise<void>;
  signInAsAdmin(context: BrowserContext): Promise<void>;
}

let counter = 0;

/** A text no other test uses. */
export const unique = (word: string): string =>
  `${word}${process.pid.toString(36)}${(counter++).toString(36)}`;

/** A key for a call that a story makes itself. */
export const newKey = (): string => unique("story-key-");

const clientFor = (apiUrl: string, token: string) =>
  createTRPCClient<AppRouter>({
    links: [httpLink({ url: `${apiUrl}/trpc`, headers: { authorization: `Bearer ${token}` } })],
  });

const tokenOf = (answer: Response): string => {
  const token = answer.headers.get("set-auth-token");
  if (!answer.ok || !token) throw new Error(`signing in or up answered ${answer.status}`);
  return token;
};

const postAuth = (apiUrl: string, path: string, body: object) =>
  fetch(`${apiUrl}/api/auth/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: apiUrl },
    body: JSON.stringify(body),
  });

const openShop = async (databaseUrl: string, portMin: number) => {
  const apiUrl = `http://127.0.0.1:${portMin}`;
  const webUrl = `http://localhost:${portMin + 1}`;
  const api = new Program({
    name: `e2e-api-${portMin}`,
    arguments: ["dist/main.js"],
    directory: "apps/api",
    variables: apiVariables({ databaseUrl, apiPort: portMin, webUrl }),
    readyUrl: `${apiUrl}/health/ready`,
  });
  const { DATABASE_URL: _, ...variables } = process.env;
  const web = new Program({
    name: `e2e-web-${portMin}`,
    arguments: ["node_modules/next/dist/bin/next", "start", "--port", String(portMin + 1)],
    directory: "apps/web",
    variables: { ...variables, NODE_ENV: "production", API_URL: apiUrl },
    readyUrl: `${webUrl}/robots.txt`,
  });
  await Promise.all([api.start(), web.start()]);
  const admin = clientFor(
    apiUrl,
    tokenOf(await postAuth(apiUrl, "sign-in/email", { email: adminEmail, password: demoPassword })),
  );
  return { api, web, apiUrl, webUrl, admin };
};

const signUpAs = async (apiUrl: string, balance: number) => {
  const email = `${unique("shopper-")}@example.test`;
  const body = { name: "이야기", email, password: demoPassword };
  const client = clientFor(apiUrl, tokenOf(await postAuth(apiUrl, "sign-up/email", body)));
  if (balance > 0) await client.wallet.charge.mutate({ amount: balance, idempotencyKey: newKey() });
  return { client, email };
};

const hour = 3_600_000;

export const test = base.extend<{ visitor: Page }, { shop: Shop }>({
  shop: [
    async ({}, use, { parallelIndex }) => {
      const server = JSON.parse(process.env["E2E_SERVER"] ?? "") as TestServer;
      await using database = await cloneDatabase(server);
      const portMin = Number(process.env["E2E_PORT_MIN"] ?? 28_100) + parallelIndex * 10;
      const { api, web, apiUrl, webUrl, admin } = await openShop(database.url, portMin);

      const signIn = async (context: BrowserContext, email: string) => {
        const answer = await context.request.post(`${webUrl}/api/auth/sign-in/email`, {
          data: { email, password: demoPassword },
          headers: { origin: webUrl },
        });
        if (!answer.ok()) throw new Error(`signing in answered ${answer.status()}`);
      };
      const shop: Shop = {
        webUrl,
        api,
        admin,
        shopper: (balance = 0) => signUpAs(apiUrl, balance),
        rival: async (balance = 0) => (await signUpAs(apiUrl, balance)).client,
        product: (over) =>
          admin.admin.product.create.mutate({
            name: unique("물건 "),
            price: 10_000,
            stock: 100,
            ...over,
          }),
        campaign: ({ totalQuantity = 100, opensInMs = -hour, closesInMs = hour } = {}) => {
          const at = (ms: number) => new Date(Date.now() + ms).toISOString();
          return admin.admin.coupon.create.mutate({
            name: unique("이벤트 "),
            discount: { type: "FIXED", amount: 3_000 },
            totalQuantity,
            issueStartsAt: at(opensInMs),
            issueEndsAt: at(closesInMs),
            validFrom: at(-hour),
            validUntil: at(24 * hour),
          });
        },
        signedIn: async (context, balance = 0) => {
          const { client, email } = await signUpAs(apiUrl, balance);
          await signIn(context, email);
          return client;
        },
        signIn,
        signInAsAdmin: (context) => signIn(context, adminEmail),
      };
      await use(shop);
      await Promise.all([api.kill(), web.kill()]);
    },
    { scope: "worker", timeout: 60_000 },
  ],
  baseURL: async ({ shop }, use) => use(shop.webUrl),
  // No story, whatever it is about, may make a page do what its policy forbids.
  context: async ({ context }, use) => {
    const violations: string[] = [];
    await context.exposeBinding("tellViolation", (_source, text: string) => violations.push(text));
    await context.addInitScript(() =>
      document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) => {
        const { tellViolation } = window as unknown as { tellViolation(text: string): void };
        tellViolation(`${violatedDirective} ${blockedURI} ${sample}`);
      }),
    );
    await use(context);
    expect(violations, "violations of the content security policy").toEqual([]);
  },
});

export { expect } from "@playwright/test";
