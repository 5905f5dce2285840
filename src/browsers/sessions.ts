/** The pool's record of its browsers, in its own storage, and of who leases them. It never awaits. */

export type Session = {
  /** Browser Run's id. */
  id: string;
  /** The country it renders from, ISO 3166-1 alpha-2; ANY if none was asked for. */
  country: string;
  /** Epoch ms. */
  launched_at: number;
  used_at: number;
  /** Null while nobody leases it. */
  lease: string | null;
  lease_until: number | null;
};

/** The country of sessions launched for any country. Not NULL, which equals nothing in SQLite. */
export const ANY = "";

const tables = `
  CREATE TABLE IF NOT EXISTS session (
    id TEXT PRIMARY KEY,
    country TEXT NOT NULL,
    launched_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    lease TEXT,
    lease_until INTEGER
  );
  -- Launches whose outcome is not known yet.
  CREATE TABLE IF NOT EXISTS launch (id INTEGER PRIMARY KEY, began_at INTEGER NOT NULL);
`;

export class Sessions {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(tables);
  }

  all(): Session[] {
    return this.#select("SELECT * FROM session");
  }

  count(): number {
    return this.#sql.exec<{ n: number }>("SELECT COUNT(*) AS n FROM session").one().n;
  }

  byLease(leaseId: string): Session | undefined {
    return this.#select("SELECT * FROM session WHERE lease = ?", leaseId)[0];
  }

  /** The idle session of a country used last, so that those idle the longest stay idle and are closed. */
  idleIn(country: string, launchedAfter: number): Session | undefined {
    return this.#select(
      "SELECT * FROM session WHERE country = ? AND lease IS NULL AND launched_at > ? ORDER BY used_at DESC LIMIT 1",
      country,
      launchedAfter,
    )[0];
  }

  /** Idle sessions, the one idle the longest first. */
  idle(): Session[] {
    return this.#select("SELECT * FROM session WHERE lease IS NULL ORDER BY used_at");
  }

  /**
   * Idle sessions with when to close them, epoch ms. With several, the one idle the longest is closed the sooner: each costs
   * money, and one is enough to begin with.
   *
   * @param idleMs how long the last one is kept, and all if they `areNeeded`
   */
  idleUntil(idleMs: number, { areNeeded }: { areNeeded: boolean }): { session: Session; until: number }[] {
    const idle = this.idle();
    return idle.map((session, n) => ({
      session,
      until: session.used_at + idleMs / (areNeeded ? 1 : idle.length - n),
    }));
  }

  /** Sessions whose lease has run out. */
  overrun(now: number): Session[] {
    return this.#select("SELECT * FROM session WHERE lease_until <= ?", now);
  }

  /** When the next lease runs out, epoch ms; null if there is none. */
  nextOverrunAt(): number | null {
    return this.#sql.exec<{ at: number | null }>("SELECT MIN(lease_until) AS at FROM session").one().at;
  }

  add(id: string, country: string, now: number): void {
    this.#sql.exec(
      "INSERT OR IGNORE INTO session (id, country, launched_at, used_at) VALUES (?, ?, ?, ?)",
      id,
      country,
      now,
      now,
    );
  }

  remove(id: string): void {
    this.#sql.exec("DELETE FROM session WHERE id = ?", id);
  }

  lease(id: string, leaseId: string, until: number): void {
    this.#sql.exec("UPDATE session SET lease = ?, lease_until = ? WHERE id = ?", leaseId, until, id);
  }

  /** Returns whether the lease has not run out. */
  renew(leaseId: string, until: number): boolean {
    return (
      this.#sql.exec("UPDATE session SET lease_until = ? WHERE lease = ?", until, leaseId).rowsWritten > 0
    );
  }

  release(id: string, now: number): void {
    this.#sql.exec("UPDATE session SET lease = NULL, lease_until = NULL, used_at = ? WHERE id = ?", now, id);
  }

  /** Notes that a launch begins. Returns its number. */
  launchBegins(now: number): number {
    return this.#sql.exec<{ id: number }>("INSERT INTO launch (began_at) VALUES (?) RETURNING id", now).one()
      .id;
  }

  /** Notes that the outcome of a launch is known. */
  launchEnds(launch: number): void {
    this.#sql.exec("DELETE FROM launch WHERE id = ?", launch);
  }

  /** Launches whose outcome is still unknown: they began before `before`, epoch ms. */
  unknownLaunches(before: number): { id: number; began_at: number }[] {
    return this.#sql
      .exec<{ id: number; began_at: number }>("SELECT id, began_at FROM launch WHERE began_at < ?", before)
      .toArray();
  }

  #select(query: string, ...bindings: SqlStorageValue[]): Session[] {
    return this.#sql.exec<Session>(query, ...bindings).toArray();
  }
}
