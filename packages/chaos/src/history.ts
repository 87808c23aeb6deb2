/** How an operation ended for the client: done, told "no", or nobody knows. */
export type Outcome = 'ok' | 'refused' | 'unknown';

/** One operation as a client saw it. Times are milliseconds since the run began. */
export type Entry = {
  op: 'hold' | 'hold best' | 'hold admission' | 'create payment' | 'confirm payment' | 'release' | 'check in' | 'peek' | 'read';
  at: number;
  ms: number;
  outcome: Outcome;
  code?: string;
  userId: string;
  key?: string;
  reservationId?: string;
  seatIds?: string[];
  eventId?: string;
  paymentId?: string;
  ticketId?: string;
  status?: string;
};

/** Something that must never be, and was. */
export type Violation = { invariant: string; what: string };

/** What the clients saw, and what of it was wrong at once. */
export interface History {
  entries: Entry[];
  violations: Violation[];
  note(entry: Entry): void;
  violated(invariant: string, what: string): void;
  /** How many operations of each kind ended how. */
  table(): Record<string, Record<Outcome, number>>;
}

/** An empty history. */
export function newHistory(): History {
  const entries: Entry[] = [];
  const violations: Violation[] = [];
  return {
    entries,
    violations,
    note: (entry) => void entries.push(entry),
    violated: (invariant, what) => void violations.push({ invariant, what }),
    table() {
      const counts: Record<string, Record<Outcome, number>> = {};
      for (const { op, outcome } of entries) {
        const row = counts[op] ?? { ok: 0, refused: 0, unknown: 0 };
        counts[op] = row;
        row[outcome] += 1;
      }
      return counts;
    },
  };
}
