import type { Database } from '@boxoffice/postgres';

/** What an organiser lets customers do with paid orders, and when the event begins: what self-service asks. */
export interface EventTerms {
  /** `cancelUntilHours` before the start the last customer may cancel, null: customers may not; `keepFees`: the fees stay with the organiser. */
  eventPaymentsOf(db: Database, eventId: string): Promise<{ cancelUntilHours: number | null; keepFees: boolean }>;
  /** undefined while the event's facts have not arrived. */
  eventFactsOf(db: Database, eventId: string): Promise<{ startsAt: Date } | undefined>;
}

/** Until when a customer may cancel orders of an event; null: not at all. */
export async function cancellableUntil({ db, terms }: { db: Database; terms: EventTerms }, eventId: string): Promise<Date | null> {
  const { cancelUntilHours } = await terms.eventPaymentsOf(db, eventId);
  if (cancelUntilHours === null) return null;
  const facts = await terms.eventFactsOf(db, eventId);
  return facts ? new Date(facts.startsAt.getTime() - cancelUntilHours * 3_600_000) : null;
}
