/** Pages whose content comes over a connection that stays open. */
import { setTimeout as after } from "node:timers/promises";
import type { Page, Route, Visit } from "../page.ts";
import { acceptWebSocket, textFrame } from "../websocket.ts";
import { latePage } from "./late-page.ts";

export const connectedPages: Page[] = [
  latePage({
    name: "slow-stream",
    heading: "A stream that takes a while to begin",
    script: `new EventSource("/spa/late/slow-events").onmessage = ({ data }) => show(data);`,
    text: ["The stream has begun."],
  }),
  latePage({
    name: "socket",
    heading: "Built from messages",
    script: `
    const socket = new WebSocket("ws://" + location.host + "/spa/late/socket");
    const lines = [];
    socket.onmessage = ({ data }) => { lines.push(data); show(...lines); };`,
    text: ["Message 3 of 3."],
  }),
  latePage({
    name: "socket-in-frame",
    heading: "A frame built from messages",
    main: `<iframe src="/spa/late/socket-frame" title="Framed"></iframe>`,
    script: `document.querySelector("#out").remove();`,
    text: ["Message 3 of 3."],
  }),
];

export const connectedRoutes: Route[] = [
  {
    pattern: "/spa/late/slow-events",
    respond: async ({ response, gone }) => {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.flushHeaders();
      await after(900, undefined, { signal: gone });
      response.write("data: The stream has begun.\n\n");
    },
  },
  { pattern: "/spa/late/socket", respond: sendMessages },
  {
    pattern: "/spa/late/socket-frame",
    respond: () => ({
      body: `<!doctype html><p></p><script>
        const socket = new WebSocket("ws://" + location.host + "/spa/late/socket");
        socket.onmessage = ({ data }) => { document.querySelector("p").textContent = data; };
      </script>`,
    }),
  },
];

/** Accepts a WebSocket and sends three short messages. */
async function sendMessages({ request, gone }: Visit): Promise<void> {
  const { socket } = request;
  acceptWebSocket(request, socket);
  for (let n = 1; n <= 3; n++) {
    await after(n === 1 ? 800 : 60, undefined, { signal: gone });
    socket.write(textFrame(`Message ${n} of 3.`));
  }
}
