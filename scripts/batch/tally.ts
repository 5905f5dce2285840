/** How many items have finished, and why some failed. */
export class Tally {
  done = 0;
  /** By code. */
  readonly failures = new Map<string, number>();

  add({ error }: { error?: { code: string } | undefined }): void {
    this.done += 1;
    if (error) this.failures.set(error.code, (this.failures.get(error.code) ?? 0) + 1);
  }

  get failed(): number {
    return [...this.failures.values()].reduce((sum, n) => sum + n, 0);
  }
}
