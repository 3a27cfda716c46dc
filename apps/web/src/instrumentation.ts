/** Runs once when the server starts. */
export const register = async () => {
  // The other runtime has no sockets to look at.
  if (process.env.NEXT_RUNTIME === "nodejs") (await import("./lib/client-address")).writeClientAddresses();
};
