// Cuts the shop's own letters out of Pretendard, by hand when its texts have changed much:
// `pnpm --dir apps/web font`. The ready-made subsets come as 14 files of 376 kB for the same page;
// letters that are in neither of these files still come from those.
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import subsetFont from "subset-font";

const here = (path) => new URL(path, import.meta.url);
const read = (path) => readFile(here(path), "utf8");
const ko = JSON.parse(await read("messages/ko.json"));
const goods = await read("../../packages/db/src/seed/demo-products.ts");
const campaigns = await read("../api/src/demo/seed.ts");

const ascii = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index));
// Each is the first text of its line: `"moon-jar": ["보름 달항아리", 148_000, ...`.
const names = [...goods.matchAll(/": \["([^"]+)"/g)].map(([, name]) => name);
if (names.length === 0) throw new Error("The names of the demo shop's goods are written differently now.");
const lettersOf = (...texts) =>
  [...new Set(JSON.stringify(texts))].filter((letter) => letter >= " ").sort();

// What a stranger sees first, fetched with the page; and what the shop says further in.
const first = lettersOf(ascii, "₩−×←→·…년월일", ko.shell, ko.home, ko.product, ko.coupon, names, campaigns);
const further = lettersOf(ko, goods).filter((letter) => !first.includes(letter));

const folder = createRequire(import.meta.url).resolve("pretendard/package.json");
const whole = await readFile(new URL("dist/web/variable/woff2/PretendardVariable.woff2", `file://${folder}`));

for (const [name, letters] of Object.entries({ first, further })) {
  const cut = await subsetFont(whole, letters.join(""), {
    targetFormat: "woff2",
    // The weights that the pages use.
    variationAxes: { wght: { min: 400, max: 800 } },
    // Distances between letters and figures of one width: the other features weigh 17 kB.
    keepFeatures: ["ccmp", "kern", "locl", "mark", "tnum"],
    noHinting: true,
  });
  await writeFile(here(`src/app/pretendard-${name}.woff2`), cut);
  console.log(`${name}: ${letters.length} letters, ${Math.round(cut.length / 1000)} kB`);
}
