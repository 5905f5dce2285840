/** Puppeteer's connection to a browser: sends commands to the browser itself and opens sessions with its tabs. */
import type { Browser, CDPSession } from "@cloudflare/puppeteer";

export type Connection = NonNullable<ReturnType<CDPSession["connection"]>>;

const connections = new WeakMap<Browser, Promise<Connection>>();

/** @throws Error if the browser has disconnected */
export function connectionOf(browser: Browser): Promise<Connection> {
  const known = connections.get(browser);
  if (known) return known;
  const connecting = findConnection(browser);
  connections.set(browser, connecting);
  connecting.catch(() => connections.delete(browser));
  return connecting;
}

async function findConnection(browser: Browser): Promise<Connection> {
  const session = await browser.target().createCDPSession();
  const connection = session.connection();
  if (!connection) throw new Error("The browser is not connected.");
  return connection;
}
