import { instantSchema } from "@stampede/core/fields";
import { toInstant } from "@stampede/core/time";
import { createServer } from "node:http";
import { z } from "zod";

/*
 * The floor for an empty call: Node's own HTTP server with the JSON and zod work of `shop.clock` and
 * nothing else; no routing, no log line, no metrics, no request id. Listens on API_PORT.
 */

const inputSchema = z.strictObject({}).nullish();
const outputSchema = z.strictObject({ now: instantSchema });

const server = createServer((request, response) => {
  const search = new URL(request.url ?? "/", "http://localhost").searchParams;
  const input = search.get("input");
  inputSchema.parse(input === null ? undefined : JSON.parse(input));
  const data = outputSchema.parse({ now: toInstant(Date.now()) });
  const text = JSON.stringify({ result: { data } });
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
});
server.listen(Number(process.env["API_PORT"]), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
