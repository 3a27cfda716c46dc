import type { Figure } from "./figures.ts";
import type { Bound, Row, RowId, Unit } from "./row.ts";

/* How rows are said to people, in the languages of the READMEs. */

export type Language = "en" | "ko";

export const titles: Readonly<Record<RowId, Readonly<Record<Language, string>>>> = {
  "orders-spread": {
    en: "orders, 1,000 products, 20,000 shoppers",
    ko: "주문, 상품 1,000개, 쇼핑객 20,000명",
  },
  "orders-hot": { en: "orders, all for one hot product", ko: "뜨거운 상품 하나에 몰린 주문" },
  "charges-hot": { en: "charges, all on one wallet", ko: "지갑 하나에 몰린 충전" },
  "charges-spread": { en: "charges, on 20,000 wallets", ko: "충전, 지갑 20,000개" },
  rush: {
    en: "coupon rush: 10,000 shoppers at once, exactly 1,000 coupons, everybody answered",
    ko: "쿠폰 러시: 10,000명이 동시에, 정확히 1,000장, 모두가 답을 받음",
  },
  refusals: {
    en: "claims after sold-out, against an empty call",
    ko: "품절 뒤의 쿠폰 요청, 빈 호출 대비",
  },
  "product-list": { en: "product list, against an empty call", ko: "상품 목록, 빈 호출 대비" },
  "product-detail": { en: "product detail, against an empty call", ko: "상품 상세, 빈 호출 대비" },
  popular: { en: "popular products, against an empty call", ko: "인기 상품, 빈 호출 대비" },
  handler: {
    en: "the lean HTTP handler against tRPC's own adapter",
    ko: "가벼운 HTTP 핸들러, tRPC 어댑터 대비",
  },
  "empty-call": {
    en: "an empty call against bare `node:http` with the same JSON and zod work",
    ko: "빈 호출, 같은 JSON·zod 일을 하는 맨 `node:http` 대비",
  },
  latency: {
    en: "orders at half of saturation, 99 of 100 within",
    ko: "포화의 절반에서 주문, 100건 중 99건이 이 시간 안에",
  },
  "overload-goodput": {
    en: "offered three times the peak: still carried out, against the peak",
    ko: "최고치의 세 배가 몰릴 때: 그래도 처리된 주문, 최고치 대비",
  },
  "overload-refusals": {
    en: "the rest told `OVERLOADED`, 99 of 100 within",
    ko: "나머지는 `OVERLOADED`, 100건 중 99건이 이 시간 안에",
  },
  "overload-recovery": {
    en: "after the storm, until for a second nobody is refused and 95 of 100 orders take 50 ms at most",
    ko: "폭주가 끝난 뒤, 1초 동안 거절이 없고 주문 100건 중 95건이 50 ms 안에 끝나기까지",
  },
  "grown-order": {
    en: "CPU an order costs with 1,000,000 orders in the tables, against hardly any",
    ko: "주문 1,000,000건이 쌓인 뒤 주문 한 건의 CPU, 거의 없을 때 대비",
  },
  "grown-popular": { en: "the same of popular products", ko: "같은 비교, 인기 상품" },
  "grown-history": { en: "the same of a page of wallet history", ko: "같은 비교, 지갑 내역 한 쪽" },
  "grown-orders": { en: "the same of a page of orders", ko: "같은 비교, 주문 목록 한 쪽" },
  "rush-memory": { en: "most memory of the API in the rush", ko: "러시 중 API의 최대 메모리" },
  "memory-growth": {
    en: "the API's memory at the end of minutes of mixed load, against the beginning",
    ko: "몇 분간 섞인 부하 끝의 API 메모리, 시작 대비",
  },
  "two-processes-spread": {
    en: "orders by two API processes, against one (all on the same two cores)",
    ko: "API 프로세스 둘의 주문, 하나 대비(같은 코어 둘)",
  },
  "two-processes-hot": {
    en: "the same, all for one hot product",
    ko: "같은 비교, 뜨거운 상품 하나",
  },
};

const units: Readonly<Record<Unit, (value: number) => string>> = {
  x: (value) => `${value.toFixed(value < 10 ? 2 : 1)} ×`,
  ms: (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`,
  s: (value) => `${value.toFixed(2)} s`,
  MB: (value) => `${value.toFixed(0)} MB`,
};

export const valueOf = ({ value, unit }: Pick<Row, "value" | "unit">): string => units[unit](value);

/** A limit as it was set: `≥ 0.7 ×`. */
export const boundOf = ({ toReach, unit }: Pick<Row, "toReach" | "unit">): string => {
  if (!toReach) return "";
  const [sign, limit] = signed(toReach);
  const suffix = unit === "x" ? "×" : unit;
  return `${sign} ${limit} ${suffix}`;
};

const signed = (bound: Bound): readonly [string, number] =>
  "atLeast" in bound ? ["≥", bound.atLeast] : ["≤", bound.atMost];

export const rateOf = ({ median }: Figure): string => `${Math.round(median).toLocaleString("en")}/s`;

/** API + PostgreSQL + generator, whole µs. */
export const cpuOf = ({ cpu }: Figure): string =>
  [cpu.api, cpu.postgres, cpu.generator].map((each) => each.toFixed(0)).join(" + ");
