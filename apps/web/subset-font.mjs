// Cuts the shop's own letters out of Pretendard, by hand when its texts have changed much:
// `pnpm --dir apps/web font`. A page then loads one file of 100 kB where the ready-made subsets
// come as 14 files of 376 kB; letters that are not in it still come from those.
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import subsetFont from "subset-font";

const texts = [
  "messages/ko.json",
  "messages/en.json",
  "../../packages/db/src/seed/demo-products.ts",
  "../api/src/demo/seed.ts",
];
const ascii = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index));

const here = (path) => new URL(path, import.meta.url);
const written = await Promise.all(texts.map((path) => readFile(here(path), "utf8")));
const letters = [...new Set(ascii + "₩−×←→" + written.join(""))].filter((each) => each >= " ").sort();

const folder = createRequire(import.meta.url).resolve("pretendard/package.json");
const whole = await readFile(new URL("dist/web/variable/woff2/PretendardVariable.woff2", `file://${folder}`));
const cut = await subsetFont(whole, letters.join(""), {
  targetFormat: "woff2",
  // The weights that the pages use.
  variationAxes: { wght: { min: 400, max: 800 } },
});
await writeFile(here("src/app/pretendard-shop.woff2"), cut);

console.log(`${letters.length} letters, ${Math.round(cut.length / 1024)} kB`);
