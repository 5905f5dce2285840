/**
 * Leases of one tab in a browser that a consumer uses. They live in memory only: a guest that is forgotten is no harm.
 */
import { ANY, type Session } from "./sessions.ts";

export class Guests {
  /** The browsers' session ids, by lease. */
  readonly #sessions = new Map<string, string>();

  /** Leases a tab in the leased browser that has the fewest guests. Undefined if none is leased. */
  admit(sessions: Session[]): { id: string; sessionId: string } | undefined {
    const guests = Object.groupBy(this.#sessions.values(), (id) => id);
    const guestsOf = (id: string) => guests[id]?.length ?? 0;
    const leased = sessions.filter(({ lease, country }) => lease !== null && country === ANY);
    const [host] = leased.sort((one, other) => guestsOf(one.id) - guestsOf(other.id));
    if (!host) return undefined;
    const id = `guest-${crypto.randomUUID()}`;
    this.#sessions.set(id, host.id);
    return { id, sessionId: host.id };
  }

  /** Returns whether it was a guest's lease. */
  leave(leaseId: string): boolean {
    return this.#sessions.delete(leaseId);
  }
}
