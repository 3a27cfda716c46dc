import { pino, type Logger } from "pino";

/** Structured lines on standard output. Error texts of the driver hold SQL: they stay in this log. */
export const createLog = (level: string, name: string): Logger =>
  pino({ level, base: { name, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime });
