/** The ledger's tables, in the SQLite of the batch's Durable Object. */

/** States of an item, in order. An item never leaves FINISHED and PROJECTED for an earlier one. */
export const WAITING = 0;
export const RENDERING = 1;
export const FINISHED = 2;
/** Finished, and written to D1. */
export const PROJECTED = 3;

export const ledgerTables = `
  CREATE TABLE IF NOT EXISTS item (
    idx INTEGER PRIMARY KEY,
    -- Empty once the item has finished.
    url TEXT NOT NULL,
    state INTEGER NOT NULL,
    -- How often it was handed out: the number of its last rendering.
    renderings INTEGER NOT NULL DEFAULT 0,
    -- How many of these renderings count as attempts.
    attempts INTEGER NOT NULL DEFAULT 0,
    -- The claim that handed it out last.
    claim TEXT,
    -- Epoch ms. WAITING: not to be handed out before. RENDERING: end of the lease.
    due_at INTEGER NOT NULL DEFAULT 0,
    seq INTEGER,
    completed INTEGER,
    -- FINISHED: see item-result.ts.
    result TEXT
  );
  CREATE INDEX IF NOT EXISTS item_waiting ON item (due_at, idx) WHERE state = ${WAITING};
  CREATE INDEX IF NOT EXISTS item_rendering ON item (due_at) WHERE state = ${RENDERING};
  CREATE INDEX IF NOT EXISTS item_finished ON item (seq) WHERE state = ${FINISHED};
  CREATE TABLE IF NOT EXISTS tally (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    total INTEGER NOT NULL DEFAULT 0,
    completed INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    retried INTEGER NOT NULL DEFAULT 0,
    projected_completed INTEGER NOT NULL DEFAULT 0,
    projected_failed INTEGER NOT NULL DEFAULT 0
  );
  INSERT OR IGNORE INTO tally (one) VALUES (1);
`;
