import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { killTree } from "./process-tree.ts";

export interface Ending {
  /** It exited with 0 in time. */
  isOk: boolean;
  /** It was killed because it ran out of time. */
  isTimedOut: boolean;
}

/**
 * Runs a command that ends within a time limit and leaves no process behind.
 *
 * It runs in its own process group, and is killed when this process exits.
 *
 * @param limitMs after this time, the command and everything it started are killed
 * @param onLine gets each line of standard output and standard error
 */
export async function limitedRun(
  [command = "", ...args]: string[],
  {
    limitMs,
    cwd,
    env = process.env,
    onLine,
  }: { limitMs: number; cwd?: string; env?: NodeJS.ProcessEnv; onLine: (line: string) => void },
): Promise<Ending> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], detached: true, cwd, env });
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
  // Processes that it left behind may hold its output open.
  killNow();
  process.off("exit", killNow);
  await Promise.all(read);
  return { isOk: code === 0 && !isTimedOut, isTimedOut };
}
