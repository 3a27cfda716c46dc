import type { APIRequestContext } from "@playwright/test";
import { expect, test } from "./support/shop.ts";

/* What a browser and an attacker see of the storefront. */

const pages = ["/", "/coupons", "/cart", "/checkout", "/wallet", "/orders", "/sign-in", "/sign-up", "/admin", "/nowhere"];

const headersOf = async (request: APIRequestContext, path: string, headers = {}) => {
  const answer = await request.get(path, { headers, maxRedirects: 0 });
  return { headers: answer.headers(), text: await answer.text(), status: answer.status() };
};

test("every page says what may run on it, and that nobody may frame it", async ({ request }) => {
  const nonces = new Set<string>();
  for (const path of pages) {
    const { headers, text } = await headersOf(request, path);
    const policy = headers["content-security-policy"] ?? "";
    const nonce = /'nonce-([^']{20,})'/.exec(policy)?.[1] ?? "";
    expect(nonce, path).not.toBe("");
    nonces.add(nonce);
    for (const part of ["default-src 'self'", "'strict-dynamic'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"])
      expect(policy, path).toContain(part);
    expect(/script-src[^;]*unsafe/.test(policy), path).toBe(false);
    // Each script of the page is one the policy knows.
    const scripts = text.match(/<script\b[^>]*>/g) ?? [];
    expect(scripts.filter((tag) => !tag.includes(`nonce="${nonce}"`)), path).toEqual([]);
    expect(headers, path).toMatchObject({
      "strict-transport-security": "max-age=31536000; includeSubDomains",
      "x-content-type-options": "nosniff",
      "referrer-policy": "strict-origin-when-cross-origin",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
    });
    expect(headers["permissions-policy"], path).toContain("camera=()");
    expect(Object.keys(headers), path).not.toContain("x-powered-by");
    expect(headers["cache-control"], path).toMatch(/no-store|private/);
    expect(headers["cache-control"], path).not.toContain("s-maxage");
  }
  expect(nonces.size).toBe(pages.length);
});

test("text of others is text: in a product, in a name", async ({ page, shop, context }) => {
  const evil = `<script>document.title="taken"</script><img src=x onerror='document.title="taken"'>`;
  const { productId } = await shop.product({ name: evil.slice(0, 190), description: evil });
  await shop.signedIn(context);
  const renamed = await context.request.post(`${shop.webUrl}/api/auth/update-user`, {
    data: { name: evil.slice(0, 90) },
    headers: { origin: shop.webUrl },
  });
  expect(renamed.ok()).toBe(true);
  for (const path of [`/products/${productId}`, "/", `/?q=${encodeURIComponent(evil.slice(0, 30))}`, "/wallet"]) {
    await page.goto(path);
    await expect(page.locator("main")).toBeVisible();
    expect(await page.title()).not.toBe("taken");
    expect(await page.locator("main img[src=x], main script:not([nonce])").count()).toBe(0);
  }
  await page.goto(`/products/${productId}`);
  await expect(page.getByText(`document.title="taken"`).first()).toBeVisible();
});

test("nothing private without a session, by whatever way around the front door", async ({ request, shop, browser }) => {
  const context = await browser.newContext({ baseURL: shop.webUrl });
  await shop.signedIn(context, 123_456);
  const tricks: Record<string, string>[] = [
    {},
    { "x-middleware-subrequest": "src/proxy:src/proxy:src/proxy:src/proxy:src/proxy" },
    { "x-middleware-subrequest": "middleware:middleware:middleware:middleware:middleware" },
    { rsc: "1", "next-router-prefetch": "1" },
    { rsc: "1", "next-router-segment-prefetch": "/_tree" },
    { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https" },
    { "x-original-url": "/wallet", "x-rewrite-url": "/wallet" },
  ];
  for (const path of ["/wallet", "/orders", "/admin", "/wallet/x.css", "/wallet.rsc", "/wallet?_rsc=1"])
    for (const headers of tricks) {
      // What somebody signed in has just seen must not be what a stranger is given.
      await (await context.request.get(path, { headers, maxRedirects: 0 })).body();
      const { text, headers: answered } = await headersOf(request, path, headers);
      for (const secret of ["123,456", "123456", "이야기"]) expect(text, path).not.toContain(secret);
      expect(text).not.toContain("evil.example");
      expect(answered["location"] ?? "").not.toContain("evil.example");
    }
  await context.close();
});

test("a body that is too large and a method that nobody needs are refused, and are no failure", async ({ request, shop }) => {
  const large = await request.post("/trpc/wallet.charge", { data: { key: "x".repeat(3_000_000) }, headers: { origin: shop.webUrl } });
  expect(large.status()).toBe(413);
  expect(((await large.json()) as { error: { data: object } }).error.data).toMatchObject({ code: "PAYLOAD_TOO_LARGE", retry: "never" });
  for (const path of ["/", "/wallet", "/trpc/product.list", "/icon.svg"])
    expect((await request.fetch(path, { method: "TRACE" })).status(), path).toBe(405);
});
