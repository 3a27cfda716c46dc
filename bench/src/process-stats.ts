import { readdirSync, readFileSync } from "node:fs";

/*
 * What Linux tells of processes under /proc. All of it is 0 elsewhere, and of a process that is gone.
 */

/** Linux counts a process's time in hundredths of a second. */
const microsecondsPerTick = 10_000;

/** The numbers of /proc/PID/stat from the third field on: [1] parent, [11] to [14] CPU ticks. */
const statOf = (pid: number | "self"): readonly string[] => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
};

export const parentOf = (pid: number): number => Number(statOf(pid)[1] ?? 0);

const ticks = (stat: readonly string[], from: number) =>
  (Number(stat[from] ?? 0) + Number(stat[from + 1] ?? 0)) * microsecondsPerTick;

/** A process and its children: PostgreSQL has one a connection, a cluster of APIs its workers. */
export const familyOf = (pid: number): readonly number[] => {
  const all = existingProcesses();
  return all.filter((each) => each === pid || parentOf(each) === pid);
};

const existingProcesses = (): readonly number[] => {
  try {
    return readdirSync("/proc").map(Number).filter((each) => each > 0);
  } catch {
    return [];
  }
};

/**
 * CPU time (µs) of a process and its children so far, with those that have ended: the connections of
 * a script are gone when its window is over.
 */
export const cpuOfFamily = (pid: number): number =>
  familyOf(pid).reduce((sum, each) => sum + ticks(statOf(each), 11), ticks(statOf(pid), 13));

/** CPU time (µs) of this process so far, and of the children that it has seen end. */
export const cpuOfSelf = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system + ticks(statOf("self"), 13);
};

const memoryField = (pid: number, field: "VmRSS" | "VmHWM"): number => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(new RegExp(`^${field}:\\s*(\\d+) kB`, "m").exec(status)?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
};

/** Memory (MB) of a process at this moment. */
export const memoryOf = (pid: number): number => memoryField(pid, "VmRSS");

/** The most memory (MB) that a process has had so far: the kernel's own mark, so nothing is missed. */
export const memoryPeakOf = (pid: number): number => memoryField(pid, "VmHWM");

