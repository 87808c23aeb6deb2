import type { Database, Tx } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import { type FilterQuery, type InferEntity, LockMode } from '@mikro-orm/core';
import type { EventState } from '../domain/event.ts';
import { EventRow } from './entities.ts';

type Row = InferEntity<typeof EventRow>;

/** A new draft and its price classes; answers the id of each category by its name. */
export async function insertEvent(tx: Tx, event: EventState, seatingPlanId: string): Promise<Map<string, string>> {
  const { prices, ...columns } = event;
  const categories = prices.map(({ category, priceMinor }, position) => ({ id: newId(), position, name: category, priceMinor }));
  tx.create(EventRow, { ...columns, seatingPlanId, categories });
  await tx.flush();
  return new Map(categories.map(({ id, name }) => [name, id]));
}

/** An event as these organisations' members may see it: theirs in any state, the others' once it was published. */
export async function findVisibleEvent(db: Database, eventId: string, organisationIds: string[]): Promise<EventState | undefined> {
  const row = await db
    .em()
    .findOne(
      EventRow,
      { id: eventId, $or: [{ status: { $ne: 'DRAFT' } }, { organisationId: { $in: organisationIds } }] },
      { populate: ['categories'] },
    );
  return row ? stateOf(row) : undefined;
}

/** An event of these organisations; undefined for any other. */
export async function findOwnEvent(db: Database, eventId: string, organisationIds: string[]): Promise<EventState | undefined> {
  const row = await db.em().findOne(EventRow, { id: eventId, organisationId: { $in: organisationIds } }, { populate: ['categories'] });
  return row ? stateOf(row) : undefined;
}

/** The same, locked until the transaction ends. Holds do not take this lock: they read the event's state in their own statement. */
export async function lockOwnEvent(tx: Tx, eventId: string, organisationIds: string[]): Promise<EventState | undefined> {
  const row = await tx.findOne(
    EventRow,
    { id: eventId, organisationId: { $in: organisationIds } },
    { lockMode: LockMode.PESSIMISTIC_WRITE, populate: ['categories'], strategy: 'select-in' },
  );
  return row ? stateOf(row) : undefined;
}

/** Writes state and revision of a locked event. */
export async function saveEventStatus(tx: Tx, event: EventState, now: Date): Promise<void> {
  const at = event.status === 'PUBLISHED' ? { publishedAt: now } : event.status === 'CANCELLED' ? { cancelledAt: now } : {};
  tx.assign(tx.getReference(EventRow, event.id), { status: event.status, revision: event.revision, ...at });
  await tx.flush();
}

/** One page of events, newest first, and the id to go on after. */
export async function pageOfEvents(
  db: Database,
  where: FilterQuery<Row>,
  { limit, after }: { limit: number; after?: string | undefined },
): Promise<{ events: EventState[]; next: string | null }> {
  const page: FilterQuery<Row> = after === undefined ? where : { $and: [where, { id: { $lt: after } }] };
  const rows = await db.em().find(EventRow, page, { orderBy: { id: 'desc' }, limit: limit + 1, populate: ['categories'], strategy: 'select-in' });
  const events = rows.slice(0, limit).map(stateOf);
  return { events, next: rows.length > limit ? (events.at(-1)?.id ?? null) : null };
}

function stateOf(row: Row): EventState {
  const { id, organisationId, name, venue, startsAt, timeZone, currency, status, revision, onSaleFrom, onSaleUntil, maxSeatsPerCustomer, seats } =
    row;
  const prices = row.categories.getItems().map((category) => ({ category: category.name, priceMinor: category.priceMinor }));
  return {
    id,
    organisationId,
    name,
    venue,
    startsAt,
    timeZone,
    currency,
    status,
    revision,
    onSaleFrom,
    onSaleUntil,
    maxSeatsPerCustomer,
    seats,
    prices,
  };
}
