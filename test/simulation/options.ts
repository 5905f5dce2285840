/** What a simulation is given. */
import type { AutoscalerName } from "./autoscaler.ts";
import type { Work } from "./workload.ts";

export interface SimulationOptions {
  seed: number;
  work: Work[];
  /** Seconds, `heavy-tail`, or a file: see pages.ts. */
  pagesTake: string;
  hosts: number;
  /** A host answers more visits at once with status 429. */
  hostLimit: number;
  plan: "paid" | "free";
  browsers: number;
  tabs: number;
  /** Overrides the plan's launches a second. */
  launchesPerSecond: number | undefined;
  autoscaler: AutoscalerName;
  /** The most consumers at once. */
  consumers: number | undefined;
  /** Round trip of a DevTools command, in ms. */
  browserMs: number;
  /** Memory that a captured page takes until it is stored, in bytes. */
  pageBytes: number;
  deaths: number;
  kills: number;
  unavailable: number;
  refusesLocation: boolean;
  disposeHangs: boolean;
  /** ISO 3166-1 alpha-2, for all batches. */
  country: string | undefined;
  /** Variables of the Worker. */
  variables: Record<string, string>;
  /** What does not end within so many simulated seconds has failed. */
  maxSeconds: number;
}
