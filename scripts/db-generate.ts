import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawnSync } from "node:child_process";

// `npm run db:generate`: writes the migration that leads from the last one to the schema as it is.
// A rename asks at a prompt, so it needs a terminal. Arguments go to drizzle-kit (`-- --name x`).

const directory = fileURLToPath(new URL("../packages/db", import.meta.url));
const drizzleKit = join(directory, "node_modules/.bin/drizzle-kit");
const { status } = spawnSync(drizzleKit, ["generate", ...process.argv.slice(3)], {
  cwd: directory,
  stdio: "inherit",
});
process.exitCode = status ?? 1;
