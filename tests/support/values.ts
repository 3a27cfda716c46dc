import { expect } from "vitest";

/* What an answer holds where no test can know the value beforehand. */

export const anId = expect.stringMatching(/^\S{1,128}$/) as string;

/** ISO 8601 in UTC. */
export const anInstant = expect.stringMatching(
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
) as string;
