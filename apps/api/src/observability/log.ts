import { destination, pino, type Logger } from "pino";

/** Lines are written in bundles of this size, or after this time (ms): a write a line is 4 % of a core. */
const bundleBytes = 16_000;
const flushMs = 100;

/** Structured lines on standard output. Error texts of the driver hold SQL: they stay in this log. */
export const createLog = (level: string, name: string): Logger => {
  const output = destination({ fd: 1, sync: false, minLength: bundleBytes });
  setInterval(() => output.flush(), flushMs).unref();
  // Whatever ends the process, its last words are written.
  process.on("exit", () => output.flushSync());
  const base = { name, pid: process.pid };
  return pino({ level, base, timestamp: isoTime() }, output);
};

/** The time as ISO text, written once a millisecond: a busy process has a dozen lines in each. */
const isoTime = (): (() => string) => {
  let at = 0;
  let text = "";
  return () => {
    const now = Date.now();
    if (now !== at) text = `,"time":"${new Date((at = now)).toISOString()}"`;
    return text;
  };
};
