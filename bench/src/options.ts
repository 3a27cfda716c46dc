import { parseArgs } from "node:util";

/** What `npm run bench -- ...` was asked for. */
export interface Options {
  /** Exit with 1 when a row falls short. */
  readonly check: boolean;
  /** Write the figures to docs/bench and into the READMEs. */
  readonly publish: boolean;
  /** Only scenarios whose name holds this text. */
  readonly only: string | undefined;
  /** Use `pgbench` for the hand-written SQL where it is installed. */
  readonly pgbench: boolean;
  /** Each contender's windows, and how long each is (ms). */
  readonly rounds: number;
  readonly windowMs: number;
  /** How long memory is watched under load (ms). */
  readonly soakMs: number;
  /** Orders that are in the tables already when growth is measured; three times as many log rows. */
  readonly grownOrders: number;
  readonly quick: boolean;
}

/** Reads the command line; throws a sentence when it makes no sense. `ids` are those of all rows. */
export const readOptions = (args: readonly string[], ids: readonly string[]): Options => {
  const values = parsed(args);
  const { check, publish, quick, only } = values;
  if (only !== undefined && !ids.some((id) => id.includes(only)))
    throw new Error(`No row has "${only}" in its name; there are ${ids.join(", ")}.`);
  if (publish && (quick || only !== undefined))
    throw new Error("Only a whole run is published: leave out --quick and --only.");
  // Growth shows within minutes; ten of them are what the README speaks of.
  const minutes = Number(values.soak ?? (quick ? 0.5 : 10));
  if (!(minutes > 0)) throw new Error("--soak takes minutes, as in --soak=10.");
  return {
    ...{ check, publish, quick, only, pgbench: !values["without-pgbench"] },
    ...(quick ? { rounds: 3, windowMs: 1_000 } : { rounds: 5, windowMs: 2_000 }),
    soakMs: minutes * 60_000,
    grownOrders: quick ? 100_000 : 1_000_000,
  };
};

const parsed = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        check: { type: "boolean", default: false },
        publish: { type: "boolean", default: false },
        quick: { type: "boolean", default: false },
        only: { type: "string" },
        soak: { type: "string" },
        "without-pgbench": { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    const said = (error as Error).message.split(". ")[0];
    throw new Error(
      `${said}: it takes --check, --publish, --quick, --only=TEXT, --soak=MINUTES and --without-pgbench.`,
      { cause: error },
    );
  }
};
