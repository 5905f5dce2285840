/** Starting an HTTP server on a free port, and ending it at once. */
import type { Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface Listening {
  /** Such as `http://127.0.0.1:40123`. */
  origin: string;
  port: number;
  /** Ends the server and every connection, answered, upgraded or neither. */
  close(): Promise<void>;
}

/** Lets the server listen; port 0 is any free one. Rejects when the address cannot be had. */
export async function listening(server: Server, host: string, port: number): Promise<Listening> {
  // `closeAllConnections()` leaves out those that were upgraded.
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
