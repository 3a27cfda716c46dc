import { readdirSync, readFileSync } from "node:fs";

/** Linux counts a process's time in hundredths of a second. */
const microsecondsPerTick = 10_000;

/** CPU time (µs) that a process has used so far, by itself; 0 when it is gone or not on Linux. */
export const cpuOfProcess = (pid: number): number => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    return (Number(fields[11]) + Number(fields[12])) * microsecondsPerTick;
  } catch {
    return 0;
  }
};

export const parentOf = (pid: number): number => {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ")[1]);
  } catch {
    return 0;
  }
};

/** CPU time (µs) of a process and its children: PostgreSQL has one for each connection. */
export const cpuOfFamily = (pid: number): number => {
  const all = readdirSync("/proc").map(Number).filter((each) => each > 0);
  return all.filter((each) => each === pid || parentOf(each) === pid).reduce((sum, each) => sum + cpuOfProcess(each), 0);
};
