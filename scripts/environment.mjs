// Plain JavaScript, as it is read before anything is installed: a wrong variable is told at once.

/**
 * @typedef {object} Environment
 * @property {number} apiPort
 * @property {number} webPort
 * @property {string | undefined} databaseUrl  undefined: the embedded PostgreSQL
 * @property {string | undefined} authSecret   undefined: the one kept under .data/
 * @property {boolean} demo                    the demo shop is put into an empty database
 * @property {boolean} workerInside            the API runs the worker; else it is its own process
 * @property {NodeJS.ProcessEnv} variables     all of them, for programs that read their own
 */

// better-auth derives its keys from it; shorter ones can be guessed.
const authSecretLengthMin = 32;

/**
 * The only reader of the environment among the scripts. Throws a sentence that says what is
 * wrong and what would be right.
 * @param {NodeJS.ProcessEnv} given
 * @returns {Environment}
 */
export function readEnvironment(given = process.env) {
  // `RATE_LIMIT= npm start` means "not set", to the programs that read their own as well.
  const variables = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
  const apiPort = readPort(variables, "API_PORT", 4000);
  const webPort = readPort(variables, "WEB_PORT", 3000);
  if (apiPort === webPort) {
    throw new Error(`API_PORT and WEB_PORT are both ${apiPort}; give them different ports.`);
  }
  readSwitch(variables, "RATE_LIMIT", true);
  const databaseUrl = readDatabaseUrl(variables);
  // Nobody who names a database of their own wants strangers' goods in it unasked.
  const demo = readSwitch(variables, "DEMO", databaseUrl === undefined);
  const authSecret = variables["AUTH_SECRET"];
  if (authSecret !== undefined && authSecret.length < authSecretLengthMin) {
    throw new Error(
      `AUTH_SECRET has ${authSecret.length} characters; it needs ${authSecretLengthMin} or more.`,
    );
  }
  const workerInside = readSwitch(variables, "WORKER", true);
  return { apiPort, webPort, databaseUrl, authSecret, demo, workerInside, variables };
}

/** @type {(variables: NodeJS.ProcessEnv, name: string, otherwise: number) => number} */
function readPort(variables, name, otherwise) {
  const text = variables[name] ?? String(otherwise);
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new Error(`${name} is "${text}"; it must be a port, a whole number from 1 to 65535.`);
}

/** @type {(variables: NodeJS.ProcessEnv, name: string, otherwise: boolean) => boolean} */
function readSwitch(variables, name, otherwise) {
  const text = variables[name] ?? (otherwise ? "on" : "off");
  if (text === "on" || text === "off") return text === "on";
  throw new Error(`${name} is "${text}"; it must be "on" or "off".`);
}

/** @param {NodeJS.ProcessEnv} variables */
function readDatabaseUrl(variables) {
  const text = variables["DATABASE_URL"];
  if (text === undefined) return undefined;
  const hosts = databaseHosts(text);
  if (hosts.every((host) => URL.canParse(host)) && /^postgres(ql)?:$/.test(new URL(hosts[0] ?? "").protocol))
    return text;
  // The value is not repeated: it may hold a password.
  throw new Error("DATABASE_URL is not an address like postgres://user:password@host:5432/shop.");
}

/**
 * The addresses of a DATABASE_URL, one for each host it names; hosts.ts of packages/db has the same.
 * @param {string} url
 */
export function databaseHosts(url) {
  const [, before = "", hosts = url, after = ""] =
    /^(\w+:\/\/(?:[^@/?]*@)?)([^/?]*)(.*)$/s.exec(url) ?? [];
  return hosts.split(",").map((host) => `${before}${host}${after}`);
}
