import { UsageError } from "./arguments.ts";

/** Exit code for wrong arguments. */
const wrongArguments = 2;

/**
 * Runs a command of package.json. `--help` and `-h` print its usage; wrong arguments are explained and exit with 2.
 *
 * @param command how it is run, such as `npm run demo`
 * @param main gets the arguments and resolves to the exit code
 */
export async function runCommand(
  command: string,
  usage: string,
  main: (args: string[]) => number | Promise<number>,
): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes("--help") || args.includes("-h")) {
    console.log(usage);
    return;
  }
  try {
    process.exitCode = await main(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\nRun "${command} -- --help" for usage.`);
    process.exitCode = wrongArguments;
  }
}
