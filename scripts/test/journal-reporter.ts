/** A vitest reporter that writes events to a file as they happen, so that they survive if vitest is killed. */
import { appendFileSync } from "node:fs";
import { relative } from "node:path";
import type { Reporter, TestCase, TestModule } from "vitest/node";
import { root } from "../setup/environment.mjs";
import { type JournalEntry, journalFile } from "./journal.ts";

export default class JournalReporter implements Reporter {
  onTestModuleStart(module: TestModule): void {
    write({ event: "started", name: nameOf(module) });
  }

  onTestModuleEnd(module: TestModule): void {
    const hasFailedTest = [...module.children.allTests("failed")].length > 0;
    const isBroken = module.state() === "failed" && !hasFailedTest;
    write({ event: "ended", name: nameOf(module), outcome: isBroken ? "failed" : "none" });
  }

  onTestCaseReady(test: TestCase): void {
    write({ event: "started", name: `${nameOf(test.module)} > ${test.fullName}` });
  }

  onTestCaseResult(test: TestCase): void {
    const { state } = test.result();
    const outcome = state === "passed" || state === "failed" ? state : "none";
    write({ event: "ended", name: `${nameOf(test.module)} > ${test.fullName}`, outcome });
  }
}

function nameOf({ project, moduleId }: TestModule): string {
  return `${project.name} ${relative(root, moduleId)}`;
}

function write(entry: JournalEntry): void {
  const file = process.env[journalFile];
  if (file) appendFileSync(file, `${JSON.stringify(entry)}\n`);
}
