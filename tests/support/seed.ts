import fc from "fast-check";

/** What everything random in a test starts from; vitest.config.ts prints it. */
export const seed = Number(process.env["SEED"]);

fc.configureGlobal({ seed });
