/** Wakes all that wait for a browser, in the order in which they began to wait. */
export class FreedSignal {
  #pending = Promise.withResolvers<void>();

  /** The next call of `fire()`, to wait for. Take it before looking for a browser, so that no call is missed. */
  next(): { orAfter(ms: number): Promise<void> } {
    const { promise } = this.#pending;
    return {
      async orAfter(ms) {
        let timer: ReturnType<typeof setTimeout> | undefined;
        const timeout = new Promise<void>((resolve) => {
          timer = setTimeout(resolve, ms);
        });
        await Promise.race([promise, timeout]);
        clearTimeout(timer);
      },
    };
  }

  /** Says that a browser, or room for one, has become free. */
  fire(): void {
    this.#pending.resolve();
    this.#pending = Promise.withResolvers();
  }
}
