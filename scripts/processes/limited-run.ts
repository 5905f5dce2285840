/** A command that ends by a given time, one way or the other, and leaves no process behind. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { killTree } from "./process-tree.ts";

export interface Ending {
  /** It ended by itself, with 0. */
  isOk: boolean;
  /** It was killed because its time was over. */
  isTimedOut: boolean;
}

/**
 * Runs the command in a process group of its own, and hands on its lines, standard error among standard output. When
 * this process exits, the command is killed.
 *
 * @param limitMs after which it is killed with all that it has started
 */
export async function limitedRun(
  [command = "", ...args]: string[],
  {
    limitMs,
    env = process.env,
    onLine,
  }: { limitMs: number; env?: NodeJS.ProcessEnv; onLine: (line: string) => void },
): Promise<Ending> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], detached: true, env });
  const exited = once(child, "exit");
  await once(child, "spawn");
  const killNow = () => killTree(child.pid as number);
  process.once("exit", killNow);
  let isTimedOut = false;
  const timer = setTimeout(
    () => {
      isTimedOut = true;
      killNow();
    },
    Math.max(0, limitMs),
  );
  const read = [child.stdout, child.stderr].map(async (stream) => {
    for await (const line of createInterface({ input: stream })) onLine(line);
  });
  const [code] = await exited;
  clearTimeout(timer);
  // What it has left behind may hold its output open.
  killNow();
  process.off("exit", killNow);
  await Promise.all(read);
  return { isOk: code === 0 && !isTimedOut, isTimedOut };
}
