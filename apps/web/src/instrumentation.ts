/** Runs once when the server starts. */
export const register = async () => {
  // The other runtime has no sockets to look at.
  // oxlint-disable-next-line node/no-process-env -- Next puts the value in when it builds
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { writeClientAddresses } = await import("./lib/client-address");
  const { refuseTrace } = await import("./lib/refuse-trace");
  const { trustedProxies } = await import("./env");
  writeClientAddresses(trustedProxies());
  refuseTrace();
};
