import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepRunning, runToEnd, type Program } from "./processes.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "stampede-processes-"));
});

afterEach(() => rmSync(directory, { recursive: true }));

test("a program that dies is started again, and told about with its last words", async () => {
  const told: string[] = [];
  // Dies the first time only.
  const program = write(`
    import { existsSync, writeFileSync } from "node:fs";
    if (existsSync("died")) setInterval(() => {}, 1_000);
    else { writeFileSync("died", ""); console.log("goodbye"); process.exit(3); }
  `);
  const service = keepRunning(program, (sentence) => told.push(sentence));
  await vi.waitFor(() => expect(told).toHaveLength(1), { timeout: 5_000 });
  expect(told[0]).toMatch(/The test program ended \(exit code 3\) and is started again.*goodbye/);
  await sleep(1_000);
  expect(told).toHaveLength(1);
  await service.stop();
});

test("a program that cannot run is given up after five deaths", async () => {
  const service = keepRunning(write("process.exit(1)"), () => {});
  await expect(service.lost).rejects.toThrow("(exit code 1) 5 times within a minute");
  await service.stop();
});

test("a program that ends before it is of use is told at once", async () => {
  const written = write('console.log("no"); process.exit(1)');
  const program = { ...written, readyUrl: "http://127.0.0.1:1" };
  const service = keepRunning(program, () => {});
  await expect(service.ready).rejects.toThrow(/did not start \(exit code 1\)\. Its last words: no/);
  await service.stop();
});

test("a program may finish what it does before it stops", async () => {
  const program = write(`
    import { writeFileSync } from "node:fs";
    process.on("SIGTERM", () => setTimeout(() => process.exit(writeFileSync("drained", "")), 300));
    setInterval(() => {}, 1_000);
    writeFileSync("up", "");
  `);
  const service = keepRunning(program, () => {});
  await vi.waitFor(() => expect(existsSync(join(directory, "up"))).toBe(true), 5_000);
  await service.stop();
  expect(existsSync(join(directory, "drained"))).toBe(true);
});

test("a program goes down with a parent that is killed", async () => {
  const program = write(`
    import { writeFileSync } from "node:fs";
    writeFileSync("pid", String(process.pid));
    setInterval(() => {}, 1_000);
  `);
  const starter = `
    import { keepRunning } from ${JSON.stringify(join(import.meta.dirname, "processes.ts"))};
    keepRunning(${JSON.stringify(program)}, () => {});
  `;
  const tsx = new URL("../node_modules/tsx/dist/loader.mjs", import.meta.url).href;
  const flags = ["--import", tsx, "--input-type=module", "--eval", starter];
  const parent = spawn(process.execPath, flags, { cwd: directory, stdio: "inherit" });
  const pidFile = join(directory, "pid");
  await vi.waitFor(() => expect(existsSync(pidFile)).toBe(true), { timeout: 10_000 });
  const pid = Number(readFileSync(pidFile, "utf8"));
  parent.kill("SIGKILL");
  await once(parent, "exit");
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5_000 });
});

test("a command that fails says so; one that is cut short by an abort as well", async () => {
  const options = { directory, variables: {} };
  const node = process.execPath;
  await runToEnd("This", [node, "--eval", "0"], options);
  await expect(runToEnd("This", [node, "--eval", "process.exit(1)"], options)).rejects.toThrow(
    new Error("This failed, see above."),
  );
  const endless = [node, "--eval", "setInterval(() => {}, 1_000)"] as const;
  const signal = AbortSignal.timeout(300);
  await expect(runToEnd("This", endless, { ...options, signal })).rejects.toThrow("This failed");
});

function write(text: string): Program {
  const file = join(directory, "program.mjs");
  writeFileSync(file, text);
  return { name: "test program", file, directory, variables: {}, log: join(directory, "log") };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // Dead, but its new parent has not asked for the exit code yet.
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
