/** `npm run test:clients`, as far as everything it installs comes from npm. */
import { expect, test } from "vitest";
import { npmRun } from "./command.ts";

test("linters have no warnings about the OpenAPI document, and a client generated in TypeScript is valid and works", async () => {
  const command = npmRun("test:clients", ["--no-python"]);
  expect({ code: await command.ended, output: command.stdout() + command.stderr() }).toMatchObject({
    code: 0,
  });
  expect(command.stdout().match(/✔ .*/g)).toHaveLength(5);
  expect(await command.leftovers()).toEqual([]);
});
