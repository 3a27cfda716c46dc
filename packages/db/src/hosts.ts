import { connect as connectSocket, type Socket } from "node:net";
import postgres, { type Options, type Sql } from "postgres";
import { isConnectionFailure } from "./errors.ts";

/*
 * A `DATABASE_URL` may name several hosts, `postgres://user:password@a:5432,b:5432/shop`: a primary
 * and its standbys, in any order. Each new connection goes to the one that takes writes at that
 * moment; after a failover the shop follows by itself.
 *
 * The driver's own list of hosts is not used: while none of them takes connections it never fails,
 * tries without a pause and cannot be ended (postgres.js 3.4.9, `error` and `reconnect`).
 */

/** A host that takes longer to say what it is, is no primary to work with. */
const probeMsMax = 2_000;
/** A host that was a primary and came back says so; it is waited for this long to be told apart. */
const graceMs = 250;

type DriverOptions = Options<Record<string, never>>;

/** The addresses of a `DATABASE_URL`, one for each host it names. */
export const hostsOf = (url: string): string[] => {
  const [, before = "", hosts = url, after = ""] =
    /^(\w+:\/\/(?:[^@/?]*@)?)([^/?]*)(.*)$/s.exec(url) ?? [];
  return hosts.split(",").map((host) => `${before}${host}${after}`);
};

/** The driver, for one host as it is; for several each connection finds the primary first. */
export const openDriver = (url: string, options: DriverOptions): Sql => {
  const [first, ...others] = hostsOf(url);
  if (others.length === 0) return postgres(url, options);
  const socket = async () => openSocket(await findPrimary(url));
  return postgres(first!, { ...options, socket } as DriverOptions);
};

const searches = new Map<string, Promise<string>>();

/** The primary's address; all who ask at the same moment share one search. */
const findPrimary = (url: string): Promise<string> => {
  let search = searches.get(url);
  if (!search) {
    search = searchPrimary(hostsOf(url)).finally(() => searches.delete(url));
    searches.set(url, search);
  }
  return search;
};

interface Found {
  readonly address: string;
  /** Grows with every promotion: of two that take writes, the greater one is the primary. */
  readonly timeline: number;
}

const searchPrimary = async (addresses: readonly string[]): Promise<string> => {
  const found: Found[] = [];
  const failures: unknown[] = [];
  let firstFound = () => {};
  const foundOne = new Promise<void>((resolve) => (firstFound = resolve));
  const probes = addresses.map(async (address) => {
    try {
      const timeline = await timelineOf(address);
      if (timeline === undefined) return;
      found.push({ address, timeline });
      firstFound();
    } catch (error) {
      failures.push(error);
    }
  });
  const all = Promise.all(probes);
  await Promise.race([all, foundOne]);
  await Promise.race([all, new Promise((resolve) => setTimeout(resolve, graceMs))]);

  const [primary] = found.toSorted((a, b) => b.timeline - a.timeline);
  if (primary) return primary.address;
  throw (
    // A host that says no for another reason, a password say, is worth telling of.
    failures.find((error) => !isConnectionFailure(error)) ??
    Object.assign(new Error("none of the database's hosts takes writes"), { code: "ECONNREFUSED" })
  );
};

/** The timeline a host writes on; `undefined` for a standby. Rejects when it does not answer. */
const timelineOf = async (address: string): Promise<number | undefined> => {
  let asked = false;
  const client = postgres(address, {
    max: 1,
    fetch_types: false,
    connect_timeout: probeMsMax / 1_000,
    // The driver comes back without a pause to a host that hangs up: once is enough.
    socket: async () => {
      if (asked) throw Object.assign(new Error("hung up"), { code: "ECONNRESET" });
      asked = true;
      return openSocket(address);
    },
    onnotice: () => {},
    connection: { application_name: "stampede probe", statement_timeout: probeMsMax },
  } as DriverOptions);
  try {
    const [row] = await client<{ timeline: number | null }[]>`
      select case when pg_is_in_recovery() then null
        else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int
      end as timeline`;
    return row?.timeline ?? undefined;
  } finally {
    void client.end({ timeout: 0 });
  }
};

/** A connected socket, as the driver wants it. */
const openSocket = (address: string): Promise<Socket> => {
  const { hostname, port } = new URL(address);
  const host = hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host, port: Number(port || 5432), timeout: probeMsMax });
    socket.once("error", reject);
    socket.once("timeout", () =>
      socket.destroy(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })),
    );
    socket.once("connect", () => {
      socket.removeAllListeners().setTimeout(0);
      // By these the driver tells of it, and checks a certificate.
      resolve(Object.assign(socket, { host, port: Number(port || 5432) }));
    });
  });
};
