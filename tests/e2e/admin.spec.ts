import { expectValue, openProduct, ready } from "./support/pages.ts";
import { expect, test, unique } from "./support/shop.ts";

test("the administrator creates, edits and restocks a product, and the books add up", async ({
  page,
  context,
  shop,
}) => {
  await shop.signInAsAdmin(context);
  await page.goto("/admin");
  await ready(page);
  const name = unique("새 상품 ");
  await page.getByRole("button", { name: "상품 등록" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("이름").fill(name);
  await dialog.getByLabel("가격").fill("15000");
  await dialog.getByLabel("재고").fill("3");
  await dialog.getByRole("button", { name: "저장" }).click();
  const row = page.getByRole("row").filter({ hasText: name });
  await expect(row).toContainText("15,000원");

  await row.getByRole("button", { name: "고치기" }).click();
  await dialog.getByLabel("가격").fill("16000");
  await dialog.getByRole("button", { name: "저장" }).click();
  await expect(row).toContainText("16,000원");

  await row.getByRole("button", { name: "재고 채우기" }).click();
  await dialog.getByLabel("더 넣을 수량").fill("20");
  await dialog.getByRole("button", { name: "재고 채우기" }).click();
  await expect(dialog.getByText("이제 23개예요")).toBeVisible();
  await dialog.getByRole("button", { name: "닫기" }).click();

  const { items } = await shop.admin.product.list.query({ query: name });
  await openProduct(page, items[0]?.productId ?? "");
  await expectValue(page.getByTestId("stock"), 23);

  await page.goto("/admin/orders");
  await expect(page.getByRole("table")).toBeVisible();
  await page.goto("/admin/audit");
  await expect(page.getByTestId("verdict")).toHaveAttribute("data-value", "true");
});

test("who is no administrator is refused, by the page and by the API", async ({
  page,
  context,
  shop,
}) => {
  const me = await shop.signedIn(context);
  await page.goto("/admin");
  await expect(page.getByText("관리자만 들어올 수 있어요")).toBeVisible();
  await expect(page.getByRole("table")).toHaveCount(0);
  await expect(me.admin.audit.query()).rejects.toMatchObject({ data: { reason: "FORBIDDEN" } });
  const answer = await context.request.post("/trpc/admin.product.create", {
    data: { name: "몰래", price: 1, stock: 1 },
    headers: { origin: shop.webUrl },
  });
  expect(answer.status()).toBe(403);
});
