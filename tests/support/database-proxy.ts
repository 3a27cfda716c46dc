import { connect, createServer, type Server, type Socket } from "node:net";

/** Stands between a shop and its database, and can take the one from the other. */
export interface DatabaseProxy extends AsyncDisposable {
  readonly url: string;
  /** The database is away: open connections break, new ones are refused. */
  cut(): Promise<void>;
  restore(): Promise<void>;
}

export async function proxyDatabase(direct: string): Promise<DatabaseProxy> {
  const target = new URL(direct);
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => {
    sockets.add(socket);
    // How a connection ends is the business of those at its two ends.
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    return socket;
  };
  const listen = (port: number) =>
    new Promise<Server>((resolve, reject) => {
      const server = createServer((near) => {
        const far = track(connect(Number(target.port), target.hostname));
        track(near).pipe(far).pipe(near);
        near.on("close", () => far.destroy());
        far.on("close", () => near.destroy());
      });
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => resolve(server));
    });

  let server = await listen(0);
  const { port } = server.address() as { port: number };
  const cut = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return {
    url: Object.assign(new URL(direct), { hostname: "127.0.0.1", port: String(port) }).href,
    cut,
    async restore() {
      server = await listen(port);
    },
    [Symbol.asyncDispose]: cut,
  };
}
