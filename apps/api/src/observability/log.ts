import { destination, pino, type Logger } from "pino";

/** Lines are written in bundles of about 4 KB, or after this time (ms): a write a line is 4 % of a core. */
const flushMs = 100;

/** Structured lines on standard output. Error texts of the driver hold SQL: they stay in this log. */
export const createLog = (level: string, name: string): Logger => {
  const output = destination({ fd: 1, sync: false, minLength: 4_096 });
  setInterval(() => output.flush(), flushMs).unref();
  // Whatever ends the process, its last words are written.
  process.on("exit", () => output.flushSync());
  const base = { name, pid: process.pid };
  return pino({ level, base, timestamp: pino.stdTimeFunctions.isoTime }, output);
};
