/** Drizzle wraps what the driver throws; the SQLSTATE or the driver's code is on the cause. */
const driverError = (error: unknown): Record<string, unknown> => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return typeof cause === "object" && cause !== null ? (cause as Record<string, unknown>) : {};
};

/** The five-character SQLSTATE, or the driver's own code (`CONNECTION_CLOSED`), if there is one. */
export const errorCode = (error: unknown): string | undefined => {
  const { code } = driverError(error);
  return typeof code === "string" ? code : undefined;
};

/** The name of the constraint that refused a write, if one did. */
export const violatedConstraint = (error: unknown): string | undefined => {
  const { constraint_name: name } = driverError(error);
  return typeof name === "string" ? name : undefined;
};

/** 40001 serialization failure, 40P01 deadlock: PostgreSQL asks for the whole transaction again. */
export const isConflict = (error: unknown): boolean => {
  const code = errorCode(error);
  return code === "40001" || code === "40P01";
};

const connectionCodes = new Set([
  // the driver's and the operating system's
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECTION_ENDED",
  "CONNECT_TIMEOUT",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOENT",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
  // the server's: shut down, crashed, starting up, too many connections
  "57P01",
  "57P02",
  "57P03",
  "53300",
  // idle-in-transaction and transaction timeouts end the connection
  "25P03",
  "25P04",
  // it takes no writes: a standby, or about to be one
  "25006",
]);

/** Whether the connection, and not the statement, failed. */
export const isConnectionFailure = (error: unknown): boolean => {
  const code = errorCode(error);
  return code !== undefined && (connectionCodes.has(code) || code.startsWith("08"));
};

/** 55P03 lock not available, 57014 statement timeout: somebody else holds things up. */
export const isTimeout = (error: unknown): boolean => {
  const code = errorCode(error);
  return code === "55P03" || code === "57014";
};
