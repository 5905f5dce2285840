/** Replaces the module `cloudflare:workers`. */

/** The Worker's bindings and variables: filled before the Worker is loaded. */
export const env: Record<string, unknown> = {};

export class DurableObject {
  readonly ctx: unknown;
  readonly env: unknown;

  constructor(ctx: unknown, given: unknown) {
    this.ctx = ctx;
    this.env = given;
  }
}

export class WorkerEntrypoint extends DurableObject {}
export class RpcTarget {}
