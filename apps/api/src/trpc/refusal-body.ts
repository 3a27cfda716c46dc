import type { TRPCError } from "@trpc/server";
import { errorShape, explain } from "./error-shape.ts";
import { bodyOf, type Body } from "./shared-answer.ts";

/** The text around the request's id, and how many bytes it has. */
interface Template {
  readonly before: string;
  readonly after: string;
  readonly byteLength: number;
}

/** Of each error, by the path of the procedure. */
const templates = new WeakMap<TRPCError, Map<string, Template>>();

/**
 * The body of a plain call that was refused. Of a refusal that says no more than its reason the text is
 * written once for each procedure: the same error comes again and again, and only the request's id, which is
 * ASCII, differs.
 */
export const refusalBody = (error: TRPCError, path: string, requestId: string): Body => {
  if (Object.keys(explain(error).refusal).length > 1) return bodyOf(textOf(error, path, requestId));
  let byPath = templates.get(error);
  if (!byPath) templates.set(error, (byPath = new Map()));
  let template = byPath.get(path);
  if (!template) byPath.set(path, (template = templateOf(error, path)));
  const { before, after, byteLength } = template;
  return { text: before + requestId + after, encoding: "utf8", byteLength: byteLength + requestId.length };
};

const textOf = (error: TRPCError, path: string, requestId: string): string =>
  JSON.stringify({ error: errorShape(error, path, requestId) });

const templateOf = (error: TRPCError, path: string): Template => {
  const mark = "the-request-id";
  const text = textOf(error, path, mark);
  // The last one: a path may say anything, and stands before it.
  const at = text.lastIndexOf(mark);
  const before = text.slice(0, at);
  const after = text.slice(at + mark.length);
  return { before, after, byteLength: Buffer.byteLength(before + after) };
};
