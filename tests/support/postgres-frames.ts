/* The frames of PostgreSQL's protocol 3.0, as much as a proxy has to know of them. */

/** One message: its type, one letter, and all its bytes. A client's first has no letter: "". */
export interface Frame {
  readonly type: string;
  readonly bytes: Buffer;
}

/** Cuts a stream of bytes, however it was sliced, into frames; keeps what is not whole yet. */
export interface Splitter {
  split(chunk: Buffer): Frame[];
}

const headerBytes = 5;

/** `startsBare`: the first frame has no type, as what a client sends first. */
export function createSplitter(startsBare: boolean): Splitter {
  let rest: Buffer = Buffer.alloc(0);
  let bare = startsBare;
  return {
    split(chunk) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const frames: Frame[] = [];
      for (;;) {
        const at = bare ? 0 : 1;
        if (rest.length < at + 4) return frames;
        const size = at + rest.readUInt32BE(at);
        if (rest.length < size) return frames;
        const type = bare ? "" : String.fromCharCode(rest[0]!);
        frames.push({ type, bytes: rest.subarray(0, size) });
        rest = rest.subarray(size);
        // A client that asks for encryption first begins anew when it is told there is none.
        if (bare) bare = requestOf(frames.at(-1)!) === "encryption";
      }
    },
  };
}

const encryptionCodes = new Set([80_877_103, 80_877_104]);
const cancelCode = 80_877_102;

/** What a client's first frame is about. */
export function requestOf({ bytes }: Frame): "start" | "cancel" | "encryption" {
  const code = bytes.readUInt32BE(4);
  if (code === cancelCode) return "cancel";
  return encryptionCodes.has(code) ? "encryption" : "start";
}

/** The parameters a client starts with: user, database, application_name ... */
export function startParameters({ bytes }: Frame): Readonly<Record<string, string>> {
  const texts = bytes.subarray(8).toString("utf8").split("\0");
  const parameters: Record<string, string> = {};
  for (let at = 0; at + 1 < texts.length && texts[at] !== ""; at += 2)
    parameters[texts[at]!] = texts[at + 1]!;
  return parameters;
}

/** The zero-ended texts a frame begins with: a query's, or a statement's name and its query. */
export function textsOf({ bytes }: Frame): readonly string[] {
  return bytes.subarray(headerBytes).toString("utf8").split("\0");
}

/** The fields of an error by their letter: "C" its SQLSTATE, "M" its sentence. */
export function errorFields(frame: Frame): Readonly<Record<string, string>> {
  return Object.fromEntries(textsOf(frame).map((text) => [text.slice(0, 1), text.slice(1)]));
}

/** A server's no, as it says it: the error, and that it is ready for the next statement. */
export function refusal(code: string, status: "I" | "E"): Buffer {
  const fields = ["SERROR", "VERROR", `C${code}`, "Mplanted by the fault proxy"];
  const body = Buffer.from(`${fields.join("\0")}\0\0`);
  return Buffer.concat([frame("E", body), frame("Z", Buffer.from(status))]);
}

/** A simple query, as a client says it. */
export function simpleQuery(text: string): Buffer {
  return frame("Q", Buffer.from(`${text}\0`));
}

function frame(type: string, body: Buffer): Buffer {
  const header = Buffer.from(`${type}\0\0\0\0`);
  header.writeUInt32BE(4 + body.length, 1);
  return Buffer.concat([header, body]);
}
