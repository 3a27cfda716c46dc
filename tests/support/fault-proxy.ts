import { connect, createServer, type Server, type Socket } from "node:net";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import {
  createSplitter,
  errorFields,
  refusal,
  requestOf,
  simpleQuery,
  startParameters,
  textsOf,
  type Frame,
} from "./postgres-frames.ts";

/*
 * Stands between a shop and its PostgreSQL, understands what they say, and does harm exactly where
 * it is wanted: statement by statement, or to the whole line.
 */

/**
 * What may become of a statement on its way:
 * - `cutBefore`: it never arrives; the connection is cut.
 * - `cutDuring`: it arrives, and the client is cut at that moment; the server carries it out alone.
 * - `cutAfter`: it is carried out and answered; the answer is dropped and the connection cut.
 * - `holeBefore`: it vanishes, and so does all that follows; nobody is told, nothing is closed.
 * - `holeAfter`: it is carried out; its answer vanishes, and so does all that follows.
 */
export const faults = ["cutBefore", "cutDuring", "cutAfter", "holeBefore", "holeAfter"] as const;
export type Fault = (typeof faults)[number];
/** `refuse`: the server never sees it; the client hears this SQLSTATE, as if from the server. */
export type Verdict = "pass" | Fault | { readonly refuse: string };

/** Called for every statement before it goes on; as long as the promise is open, it is held. */
export type Decide = (statement: Statement) => Verdict | Promise<Verdict>;

/** One connection of a client through the proxy. */
export interface ProxiedConnection {
  /** From 1, in the order in which they were opened. */
  readonly id: number;
  /** The client's `application_name`. */
  readonly application: string;
  /** The backend that serves it, as in `pg_stat_activity`; 0 before it is known. */
  readonly backendPid: number;
}

/** What a client asks in one go: a simple query, or all up to a Sync. */
export interface Statement {
  readonly connection: ProxiedConnection;
  /** Of this connection, from 1. */
  readonly ordinal: number;
  /** The SQL; of a prepared statement what it was prepared from. */
  readonly text: string;
  readonly kind: "begin" | "commit" | "rollback" | "other";
  /** Resolves when the server is ready for the next one, or the connection is gone. Never rejects. */
  readonly settled: Promise<Settled>;
}

export type Settled =
  | { readonly status: "done" }
  /** The server said no, with this SQLSTATE. */
  | { readonly status: "failed"; readonly code: string }
  | { readonly status: "lost" };

/** The state of the whole line. */
export interface Weather {
  /** How long everything takes on its way in each direction, on top (ms). */
  readonly delayMs?: number;
  /** Everything arrives in pieces of at most so many bytes. */
  readonly sliceBytes?: number;
  /** Connections are accepted and then nothing passes; those that are open stay as they are. */
  readonly silent?: boolean;
}

export interface FaultProxy extends AsyncDisposable {
  /** The database's address through this proxy. */
  readonly url: string;
  /** Puts every statement before this one judge; `undefined` lets all pass. */
  judge(decide: Decide | undefined): void;
  /**
   * Does this harm to the next statement that `matches`, once; before the judge is asked. Resolves
   * with the statement when it has met one.
   */
  strike(fault: Fault, matches: (statement: Statement) => boolean): Promise<Statement>;
  weather(weather: Weather): void;
  /** No judge, no strikes that still wait, fair weather. */
  calm(): void;
  /** Those that are open, black-holed ones included. */
  connections(): readonly ProxiedConnection[];
  /** Cuts the open connections that match, all by default; answers how many. */
  cut(matches?: (connection: ProxiedConnection) => boolean): number;
  /** From now on nothing passes on the connections that match, and nothing closes. */
  hole(matches?: (connection: ProxiedConnection) => boolean): number;
  /** The database is away: open connections break, new ones are refused. */
  leave(): Promise<void>;
  /** It is back, at the same address. */
  comeBack(): Promise<void>;
  /** How often each harm was done to a statement so far. */
  readonly done: Readonly<Record<Fault | "refuse", number>>;
}

interface Strike {
  readonly fault: Fault;
  readonly matches: (statement: Statement) => boolean;
  readonly met: (statement: Statement) => void;
}

/** What all connections of a proxy share. */
interface Line {
  readonly target: { readonly host: string; readonly port: number };
  weather: Weather;
  decide: Decide | undefined;
  readonly strikes: Strike[];
  readonly links: Set<Link>;
  readonly done: Record<Fault | "refuse", number>;
}

export async function startFaultProxy(databaseUrl: string): Promise<FaultProxy> {
  const { hostname, port: targetPort } = new URL(databaseUrl);
  const line: Line = {
    target: { host: hostname, port: Number(targetPort || 5432) },
    weather: {},
    decide: undefined,
    strikes: [],
    links: new Set(),
    done: { cutBefore: 0, cutDuring: 0, cutAfter: 0, holeBefore: 0, holeAfter: 0, refuse: 0 },
  };
  let opened = 0;
  const listen = (port: number) =>
    new Promise<Server>((resolve, reject) => {
      const server = createServer({ noDelay: true }, (near) => openLink(line, ++opened, near));
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => resolve(server));
    });
  const among = (matches: (connection: ProxiedConnection) => boolean = () => true) =>
    [...line.links].filter(({ connection }) => matches(connection));

  let server = await listen(0);
  const { port } = server.address() as { port: number };
  const leave = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const link of line.links) link.cut();
    });
  return {
    url: Object.assign(new URL(databaseUrl), { hostname: "127.0.0.1", port: String(port) }).href,
    judge: (decide) => void (line.decide = decide),
    strike: (fault, matches) =>
      new Promise((met) => line.strikes.push({ fault, matches, met })),
    weather: (weather) => void (line.weather = weather),
    calm() {
      line.decide = undefined;
      line.strikes.length = 0;
      line.weather = {};
    },
    connections: () => [...line.links].map(({ connection }) => connection),
    cut(matches) {
      const cut = among(matches);
      for (const link of cut) link.cut();
      return cut.length;
    },
    hole(matches) {
      const holed = among(matches);
      for (const link of holed) link.hole();
      return holed.length;
    },
    leave,
    async comeBack() {
      server = await listen(port);
    },
    done: line.done,
    [Symbol.asyncDispose]: leave,
  };
}

/** By then a server that sends keep-alives has given up a client that is gone. */
const forgottenMs = 20_000;

interface Link {
  readonly connection: ProxiedConnection;
  cut(): void;
  hole(): void;
}

/** A statement on its way, and what is wanted to become of it. */
interface Underway extends Statement {
  verdict: Verdict;
  /** The SQLSTATE of the server's no. */
  code: string | undefined;
  readonly settle: (settled: Settled) => void;
}

/** Some frames of a client that go on together; a statement's may come in two parts. */
interface Part {
  readonly frames: readonly Frame[];
  readonly statement: Underway | undefined;
  /** The server will be ready again once it has dealt with this. */
  readonly last: boolean;
}

/** Joins a client with the server. */
function openLink(line: Line, id: number, near: Socket): void {
  const far = connect({ ...line.target, noDelay: true });
  const connection = { id, application: "", backendPid: 0 };
  const held: Part[] = [];
  const judged = new WeakSet<Underway>();
  const asked: Underway[] = [];
  let state: "open" | "hole" | "closed" = "open";
  let pumping = false;

  const lose = () => {
    for (const { statement } of held.splice(0)) statement?.settle({ status: "lost" });
    for (const statement of asked.splice(0)) statement.settle({ status: "lost" });
  };
  const cut = () => {
    if (state === "closed") return;
    state = "closed";
    line.links.delete(link);
    near.resetAndDestroy();
    far.destroy();
    lose();
  };
  const link: Link = {
    connection,
    cut,
    hole() {
      if (state !== "open") return;
      state = "hole";
      setTimeout(cut, forgottenMs).unref();
    },
  };
  line.links.add(link);
  if (line.weather.silent) link.hole();
  for (const socket of [near, far]) {
    // How a connection ends is the business of those at its two ends.
    socket.on("error", () => {});
    // Into a hole nothing falls, not even the news that the other end is gone.
    socket.on("close", () => (state === "open" ? cut() : near.destroyed && far.destroyed && cut()));
  }
  const toServer = createSender(far, () => line.weather);
  const toClient = createSender(near, () => line.weather);

  const passOn = ({ frames, statement, last }: Part) => {
    const verdict = statement?.verdict ?? "pass";
    const atOnce = verdict === "cutBefore" || verdict === "holeBefore";
    // Else the first part of a statement is answered, or its client would not go on.
    const harm = last || atOnce ? verdict : "pass";
    if (harm !== "pass") line.done[typeof harm === "string" ? harm : "refuse"] += 1;
    if (statement && (last || atOnce)) asked.push(statement);
    if (statement && typeof harm === "object") return refuse(statement, harm.refuse);
    if (harm === "cutBefore") return cut();
    if (harm === "holeBefore") return link.hole();
    toServer(Buffer.concat(frames.map(({ bytes }) => bytes)));
    if (harm === "cutDuring") {
      link.hole();
      near.resetAndDestroy();
    }
  };

  const refuse = (statement: Underway, code: string) => {
    if (statement.kind === "commit" || statement.kind === "rollback") {
      // Refused or not, it ends the transaction on a real server: its answer to this is dropped.
      toServer(simpleQuery("rollback"));
    } else {
      asked.pop();
      statement.settle({ status: "failed", code });
    }
    toClient(refusal(code, statement.kind === "other" ? "E" : "I"));
  };

  const pump = async () => {
    pumping = true;
    for (let part = held[0]; part && state === "open"; part = held[0]) {
      if (part.statement && !judged.has(part.statement)) {
        judged.add(part.statement);
        const verdict = judgeStatement(line, part.statement);
        part.statement.verdict = verdict instanceof Promise ? await verdict : verdict;
        // Answers come in the order of questions, also those that the server has not given yet.
        if (typeof part.statement.verdict === "object") await asked.at(-1)?.settled;
        if (state !== "open") break;
      }
      held.shift();
      passOn(part);
    }
    pumping = false;
  };
  const hear = createListener(connection, (part) => {
    held.push(part);
    if (!pumping) void pump();
  });
  const requests = createSplitter(true);
  near.on("data", (chunk: Buffer) => {
    if (state !== "open") return;
    for (const frame of requests.split(chunk)) {
      // There is no encryption here; the client goes on without.
      if (frame.type === "" && requestOf(frame) === "encryption") near.write("N");
      else hear(frame);
    }
  });

  const answers = createSplitter(false);
  far.on("data", (chunk: Buffer) => {
    const passing: Buffer[] = [];
    const flush = () => passing.length > 0 && toClient(Buffer.concat(passing.splice(0)));
    for (const frame of answers.split(chunk)) {
      if (frame.type === "K") connection.backendPid = frame.bytes.readUInt32BE(5);
      const statement = asked[0];
      if (frame.type === "E" && statement) statement.code ??= errorFields(frame)["C"] ?? "";
      const verdict = statement?.verdict ?? "pass";
      const dropped =
        verdict === "cutAfter" || verdict === "holeAfter" || typeof verdict === "object";
      if (state === "open" && !dropped) passing.push(frame.bytes);
      if (frame.type !== "Z" || !statement) continue;

      asked.shift();
      statement.settle(
        statement.code === undefined ? { status: "done" } : { status: "failed", code: statement.code },
      );
      if (verdict === "pass" || typeof verdict === "object") continue;
      flush();
      if (verdict === "holeAfter") link.hole();
      else return cut();
    }
    flush();
  });
}

/** A strike that was waiting for such a statement, else what the judge says. */
function judgeStatement(line: Line, statement: Statement): Verdict | Promise<Verdict> {
  const index = line.strikes.findIndex(({ matches }) => matches(statement));
  const [strike] = index < 0 ? [] : line.strikes.splice(index, 1);
  strike?.met(statement);
  return strike?.fault ?? line.decide?.(statement) ?? "pass";
}

/** Gathers a client's frames into parts that go on together, and knows which statement they are. */
function createListener(
  connection: { application: string } & ProxiedConnection,
  heard: (part: Part) => void,
): (frame: Frame) => void {
  const prepared = new Map<string, string>();
  let frames: Frame[] = [];
  let statement: Underway | undefined;
  let ordinal = 0;
  const begin = (text: string) => (statement ??= newStatement(connection, ++ordinal, text));
  const end = (last: boolean) => {
    heard({ frames, statement, last });
    frames = [];
    if (last) statement = undefined;
  };

  return (frame) => {
    frames.push(frame);
    if (frame.type === "") {
      if (requestOf(frame) === "start")
        connection.application = startParameters(frame)["application_name"] ?? "";
      return end(true);
    }
    const [first = "", second = ""] = "QPB".includes(frame.type) ? textsOf(frame) : [];
    if (frame.type === "P") prepared.set(first, second);
    if (frame.type === "Q" || frame.type === "P") begin(frame.type === "Q" ? first : second);
    if (frame.type === "B") begin(prepared.get(second) ?? "");
    // A Sync of its own: the server answers that one too.
    if (frame.type === "S") begin("");
    // Simple query; Sync; Flush. Whatever comes outside of a statement goes on by itself.
    if (frame.type === "Q" || frame.type === "S") end(true);
    else if (frame.type === "H") end(false);
    else if (statement === undefined && !"DEC".includes(frame.type)) end(true);
  };
}

function newStatement(connection: ProxiedConnection, ordinal: number, text: string): Underway {
  let settle: (settled: Settled) => void = () => {};
  const settled = new Promise<Settled>((resolve) => (settle = resolve));
  const word = /^\s*(\w+)/.exec(text)?.[1]?.toLowerCase();
  const isTransaction = word === "begin" || word === "commit";
  const isRollback = word === "rollback" && !/\bto\b/i.test(text);
  return {
    connection,
    ordinal,
    text,
    kind: isTransaction ? word : isRollback ? "rollback" : "other",
    settled,
    settle,
    verdict: "pass",
    code: undefined,
  };
}

/** Writes to a socket, through the weather of the moment and in order. */
function createSender(socket: Socket, weather: () => Weather): (bytes: Buffer) => void {
  let queued = 0;
  let last: Promise<void> = Promise.resolve();
  const write = (bytes: Buffer) => {
    if (!socket.destroyed) socket.write(bytes);
  };
  const travel = async (bytes: Buffer, due: number, sliceBytes: number) => {
    const left = due - performance.now();
    if (left > 0) await sleep(left);
    if (sliceBytes === 0) return write(bytes);
    for (let at = 0; at < bytes.length; at += sliceBytes) {
      write(bytes.subarray(at, at + sliceBytes));
      // A turn of the event loop, or the system would put the pieces together again.
      await turn();
    }
  };
  return (bytes) => {
    const { delayMs = 0, sliceBytes = 0 } = weather();
    if (delayMs === 0 && sliceBytes === 0 && queued === 0) return write(bytes);
    queued += 1;
    const due = performance.now() + delayMs;
    last = last.then(() => travel(bytes, due, sliceBytes)).finally(() => (queued -= 1));
  };
}
