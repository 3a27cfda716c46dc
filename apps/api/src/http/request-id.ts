import { v4 as randomId } from "uuid";
import type { Asked } from "./answer.ts";

/** The caller's own id where it is a sensible one, so that its log and ours can be joined. */
export const requestIdOf = ({ headers }: Pick<Asked, "headers">): string => {
  const given = headers["x-request-id"];
  return typeof given === "string" && /^[\w-]{8,64}$/.test(given) ? given : randomId();
};
