import { createServer } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { defaultLimits } from "../limits.ts";
import { bodyOf } from "../trpc/shared-answer.ts";
import { readPlainConnections, type PlainExchange } from "./plain-connections.ts";

const post = (path: string, body = "{}", ...headers: string[]) =>
  [`POST /trpc/${path} HTTP/1.1`, "Host: shop", `Content-Length: ${body.length}`, ...headers, "", body].join("\r\n");

/** A shop that answers who has read a request, and which; one for `later` is answered by `answerOwed`. */
const openShop = async (limits = defaultLimits) => {
  const owed: PlainExchange[] = [];
  const answer = ({ request, send }: PlainExchange) =>
    send(200, "the-request-id", bodyOf(JSON.stringify({ readBy: "us", url: request.url, body: request.body })));
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.end(JSON.stringify({ readBy: "Node", url: request.url })));
  });
  const { close } = readPlainConnections(server, {
    limits,
    take(exchange) {
      if (exchange.request.url.includes("for-node")) return false;
      if (exchange.request.url.includes("later")) owed.push(exchange);
      else answer(exchange);
      return true;
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    owed,
    close,
    answerOwed: () => owed.splice(0).forEach(answer),
    connect: () => client(port),
    [Symbol.dispose]: () => {
      server.closeAllConnections();
      server.close();
      close();
    },
  };
};

const client = (port: number) => {
  const socket: Socket = connect(port, "127.0.0.1");
  let heard = "";
  let isClosed = false;
  socket.setEncoding("utf8").on("data", (text) => (heard += text));
  socket.on("error", () => {}).on("close", () => (isClosed = true));
  const answers = () => [...heard.matchAll(/\{"readBy":"(\w+)","url":"\/trpc\/([^"]*)"/g)].map(([, by, url]) => `${by}: ${url}`);
  return {
    socket,
    answers,
    heard: () => heard,
    isClosed: () => isClosed,
    ask: (text: string) => void socket.write(text),
    hears: (...expected: string[]) => expect.poll(answers).toEqual(expected),
  };
};

test("plain requests are ours, one after the other, until something else comes; that and the rest are Node's", async () => {
  using shop = await openShop();
  const { ask, hears, heard } = shop.connect();
  ask(post("first"));
  await hears("us: first");
  expect(heard()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(heard()).toContain("\r\nx-request-id: the-request-id\r\ncontent-length: ");
  expect(heard()).toMatch(/\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=65\r\n\r\n\{/);
  ask(post("second"));
  await hears("us: first", "us: second");
  ask(post("third", "{}", "X-Empty:"));
  await hears("us: first", "us: second", "Node: third");
  ask(post("fourth"));
  await hears("us: first", "us: second", "Node: third", "Node: fourth");
});

test("a request that comes in pieces is Node's, wherever it is cut", async () => {
  using shop = await openShop();
  const text = post("cut", '{"a":1}');
  for (const at of [1, 20, text.length - 7, text.length - 1]) {
    const { ask, hears } = shop.connect();
    ask(text.slice(0, at));
    await sleep(20);
    ask(text.slice(at));
    await hears("Node: cut");
  }
});

test("several that come at once are answered in order", async () => {
  using shop = await openShop();
  const { ask, hears } = shop.connect();
  ask(post("one") + post("two") + post("three"));
  await hears("Node: one", "Node: two", "Node: three");
});

test("what comes before the answer is out waits for it", async () => {
  using shop = await openShop();
  const { ask, hears, answers } = shop.connect();
  ask(post("later"));
  await expect.poll(() => shop.owed.length).toBe(1);
  ask(post("early"));
  await sleep(20);
  ask(post("earlier"));
  await sleep(50);
  expect(answers()).toEqual([]);
  shop.answerOwed();
  await hears("us: later", "Node: early", "Node: earlier");
});

test("what nobody here takes is Node's", async () => {
  using shop = await openShop();
  const { ask, hears } = shop.connect();
  ask(post("for-node"));
  await hears("Node: for-node");
});

test("a body in another language is counted in bytes", async () => {
  using shop = await openShop();
  const { ask, hears, heard } = shop.connect();
  const body = '{"name":"우산"}';
  ask(`POST /trpc/umbrella HTTP/1.1\r\nHost: shop\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  await hears("us: umbrella");
  expect(heard()).toContain("우산");
  const answered = heard().slice(heard().indexOf("\r\n\r\n") + 4);
  expect(heard()).toContain(`content-length: ${Buffer.byteLength(answered)}\r\n`);
});

test.each(["end", "destroy"] as const)("nobody is answered who has gone (%s)", async (goes) => {
  using shop = await openShop();
  const { socket, ask, heard, isClosed } = shop.connect();
  ask(post("later"));
  await expect.poll(() => shop.owed.length).toBe(1);
  const [owed] = shop.owed;
  expect(owed!.isGone()).toBe(false);
  socket[goes]();
  await expect.poll(owed!.isGone).toBe(true);
  shop.answerOwed();
  await expect.poll(isClosed).toBe(true);
  expect(heard()).toBe("");
});

test("at the end idle connections are closed at once, and one that is owed an answer after it", async () => {
  using shop = await openShop();
  const idle = shop.connect();
  idle.ask(post("first"));
  await idle.hears("us: first");
  const busy = shop.connect();
  busy.ask(post("later"));
  await expect.poll(() => shop.owed.length).toBe(1);
  shop.close();
  await expect.poll(idle.isClosed).toBe(true);
  expect(busy.isClosed()).toBe(false);
  shop.answerOwed();
  await busy.hears("us: later");
  expect(busy.heard()).toContain("\r\nConnection: close\r\n");
  await expect.poll(busy.isClosed).toBe(true);
});

test("a connection that is idle for too long is closed, but not while an answer is owed", async () => {
  using shop = await openShop({ ...defaultLimits, keepAliveMs: 200 });
  const idle = shop.connect();
  idle.ask(post("first"));
  const busy = shop.connect();
  busy.ask(post("later"));
  await expect.poll(idle.isClosed).toBe(true);
  await sleep(200);
  expect(busy.isClosed()).toBe(false);
  shop.answerOwed();
  await busy.hears("us: later");
  await expect.poll(busy.isClosed).toBe(true);
});

test("who connects and is silent is Node's to wait for, and is heard all the same", async () => {
  using shop = await openShop();
  const { ask, hears } = shop.connect();
  await sleep(2_300);
  ask(post("slow"));
  await hears("Node: slow");
});
