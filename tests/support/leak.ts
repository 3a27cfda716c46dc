/** What no client may ever see: stacks, SQL, the driver's words, paths of the server's files. */
const secrets: readonly RegExp[] = [
  /\n\s+at \S+/,
  /node_modules|dist\/main\.js|file:\/\/|\.ts:\d/,
  /PostgresError|DrizzleQueryError|drizzle|Failed query|postgres(ql)?:\/\//i,
  /violates|duplicate key|relation "|column "|syntax error at|current transaction is aborted/i,
  /\b(insert into|delete from|select .+ from|update .+ set) ["\w]/i,
  /ECONNREFUSED|ECONNRESET|CONNECTION_(CLOSED|ENDED|DESTROYED)|CONNECT_TIMEOUT|getaddrinfo/,
];

/** The part of an answer that should never have left the server, with what surrounds it. */
export function leakIn(text: string): string | undefined {
  for (const secret of secrets) {
    const at = text.search(secret);
    if (at >= 0) return text.slice(Math.max(0, at - 60), at + 200);
  }
  return undefined;
}
