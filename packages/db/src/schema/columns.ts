import { toInstant, type Instant } from "@stampede/core/time";
import { bigint, customType } from "drizzle-orm/pg-core";

/** A moment with milliseconds: in SQL `timestamptz(3)`, in TypeScript the ISO text `Instant`. */
export const instant = customType<{ data: Instant; driverData: string }>({
  dataType: () => "timestamp (3) with time zone",
  // Of "0001-01-01 00:00:00+00" JavaScript makes the year 2001; with T and Z it reads ISO.
  fromDriver: (text) => toInstant(text.replace(" ", "T").replace(/\+00$/, "Z")),
});

/** Whole KRW or a count: `bigint` in SQL, a safe integer in TypeScript. */
export const integer64 = () => bigint({ mode: "number" });
