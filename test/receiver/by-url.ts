/**
 * A webhook receiver that takes its replies from the URL it is called at, for tests in another process.
 *
 * `POST /hook/<name>?replies=<JSON array of Reply>`: the first call for a name gets the first reply, and so on. The last
 * reply is repeated. `GET /calls/<name>` returns the calls received for the name.
 */
import { type Receiver, type Reply, startReceiver, type WebhookCall } from "./server.ts";

/** Starts the receiver. Port 0 means any free port. */
export async function startReceiverByUrl(options: { host?: string; port?: number } = {}): Promise<Receiver> {
  const receiver = await startReceiver({ ...options, respond });
  return receiver;

  function respond({ path }: WebhookCall): Reply {
    const { pathname, searchParams } = new URL(path, "http://receiver");
    const [, kind, name] = pathname.split("/");
    const calls = receiver.calls.filter((call) => call.path.split("?")[0] === `/hook/${name}`);
    if (kind === "calls") return { body: JSON.stringify(calls) };
    const replies = JSON.parse(searchParams.get("replies") ?? "[{}]") as Reply[];
    return replies[Math.min(calls.length, replies.length) - 1] ?? {};
  }
}
