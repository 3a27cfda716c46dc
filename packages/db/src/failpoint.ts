/*
 * Named points in the code where the fault tests may do harm: `FAILPOINT: await failpoint("...")`.
 * A build for use drops every statement with that label, and this file with them (build.mjs); in a
 * build for the fault tests a point does nothing unless the process was started with
 * `--failpoints=name=harm@time,...`, as in `group.locked=kill@3` or `relay.moved=delay:500`.
 */

/** Where harm can be done: the way of a command, of its group, and of the worker's batch. */
export const failpoints = [
  "command.queued",
  "group.begun",
  "group.locked",
  "group.decided",
  "group.written",
  "group.committed",
  "command.answered",
  "relay.begun",
  "relay.moved",
  "relay.committed",
] as const;
export type Failpoint = (typeof failpoints)[number];

/** `kill`: SIGKILL to ourselves. `throw`: an error with this SQLSTATE. `delay`: so many ms. */
type Harm =
  | { readonly kind: "kill" }
  | { readonly kind: "throw"; readonly code: string }
  | { readonly kind: "delay"; readonly ms: number };

interface Arm {
  readonly harm: Harm;
  /** The time it is reached that counts, from 1; every time when there is none. */
  readonly time: number | undefined;
  reached: number;
}

const armed = new Map<Failpoint, Arm>();

const option = "--failpoints=";

/** Arms the points named on the command line; throws when one of them is not well-formed. */
export const armFailpoints = (args: readonly string[]): void => {
  armed.clear();
  const list = args.find((arg) => arg.startsWith(option))?.slice(option.length);
  for (const item of list?.split(",") ?? []) {
    const [, name, kind, value = "", time] =
      /^([a-z.]+)=(kill|throw|delay)(?::(\w+))?(?:@(\d+))?$/.exec(item) ?? [];
    const point = failpoints.find((each) => each === name);
    if (!point || !kind) throw new Error(`No failpoint: "${item}".`);
    armed.set(point, {
      harm: harmOf(kind, value),
      time: time === undefined ? undefined : Number(time),
      reached: 0,
    });
  }
};

const harmOf = (kind: string, value: string): Harm => {
  if (kind === "kill") return { kind };
  return kind === "throw" ? { kind, code: value } : { kind: "delay", ms: Number(value) };
};

/** Does here what the tests want done here; nothing otherwise. */
export const failpoint = async (point: Failpoint): Promise<void> => {
  const arm = armed.get(point);
  if (!arm) return;
  arm.reached += 1;
  if (arm.time !== undefined && arm.reached !== arm.time) return;
  const { harm } = arm;
  if (harm.kind === "delay") await new Promise((resolve) => setTimeout(resolve, harm.ms));
  if (harm.kind === "throw")
    throw Object.assign(new Error(`planted at ${point}`), { code: harm.code });
  if (harm.kind === "kill") {
    process.kill(process.pid, "SIGKILL");
    // The signal takes a moment; nothing more is done in it.
    await new Promise(() => {});
  }
};
