/** What all parts of the model share: its clock, its chance, its counts, and calls between its parts. */
import type { Clock } from "./clock.ts";
import { currentExecution } from "./execution.ts";
import type { Meter } from "./meter.ts";
import type { Numbers } from "./numbers.ts";

/** Round trip of a call within the platform, in ms. */
const MIN_CALL_MS = 5;
const MAX_CALL_MS = 30;
/** Processor time of a call to a binding, in ms: an estimate. */
const CALL_CPU_MS = 0.2;

export class Platform {
  readonly clock: Clock;
  readonly numbers: Numbers;
  readonly meter: Meter;

  constructor(clock: Clock, numbers: Numbers, meter: Meter) {
    this.clock = clock;
    this.numbers = numbers;
    this.meter = meter;
  }

  /** Time of a call's way there or back, in ms. */
  oneWayMs(): number {
    return this.numbers.between(MIN_CALL_MS, MAX_CALL_MS) / 2;
  }

  pass(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.after(ms, resolve));
  }

  /**
   * Makes a call for the running code: the effect happens half a round trip later, its answer arrives after the other
   * half. If the caller is over by then, there is nobody to get it.
   */
  call<T>(effect: () => T | Promise<T>): Promise<T> {
    const caller = currentExecution();
    caller?.useCpu(CALL_CPU_MS);
    return new Promise<T>((resolve, reject) => {
      if (caller?.isOver) return;
      const answer = (settle: () => void) =>
        this.clock.after(this.oneWayMs(), () => {
          if (!caller?.isOver) settle();
        });
      this.clock.after(this.oneWayMs(), () => {
        const given = async () => effect();
        given().then(
          (value) => answer(() => resolve(value)),
          (thrown) => answer(() => reject(thrown)),
        );
      });
    });
  }

  /** A call that takes one of the caller's six connections until it is answered. */
  async connectedCall<T>(effect: () => T | Promise<T>): Promise<T> {
    const free = await currentExecution()?.connect();
    try {
      return await this.call(effect);
    } finally {
      free?.();
    }
  }
}
