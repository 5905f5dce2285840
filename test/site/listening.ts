import type { Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface Listening {
  /** Such as `http://127.0.0.1:40123`. */
  origin: string;
  port: number;
  /** Closes the server and all its connections at once. */
  close(): Promise<void>;
}

/** Makes the server listen. Port 0 means any free port. Rejects if the address is not available. */
export async function listening(server: Server, host: string, port: number): Promise<Listening> {
  // `closeAllConnections()` does not close upgraded connections.
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  return {
    origin: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
    },
  };
}
