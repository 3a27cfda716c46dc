import fc from "fast-check";
import { expect, test } from "vitest";
import { cursorSchema, decodeCursor, encodeCursor, isId } from "./ids.ts";

/** The last moment an instant can say; no price and no count comes near it. */
const lastMoment = Date.parse("9999-12-31T23:59:59.999Z");

test("every place of every list survives the way to the caller and back", () => {
  fc.assert(
    fc.property(fc.nat({ max: lastMoment }), fc.uuid(), (position, id) => {
      expect(isId(id)).toBe(true);
      const text = cursorSchema.parse(encodeCursor({ position, id }));
      expect(decodeCursor(text)).toEqual({ position, id });
    }),
  );
});

const id = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-fA-F]{12}/.source;
const nearlyCursor = fc.stringMatching(new RegExp(`^-?\\d{1,17}_${id}$`));

test("what a cursor's schema lets in can be read, and is a moment and an id", () => {
  fc.assert(
    fc.property(fc.oneof(nearlyCursor, fc.string({ unit: "binary" })), (text) => {
      if (!cursorSchema.safeParse(text).success) return;
      const cursor = decodeCursor(text);
      expect(isId(cursor.id)).toBe(true);
      expect(new Date(cursor.position).toISOString()).toHaveLength(24);
    }),
  );
});
