import { CreateEvent } from '@boxoffice/contracts';
import { newId } from '@boxoffice/service-kit';
import { anyone, asUser } from '@boxoffice/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { at, bigPlan, eventOnSale, freshDeps, holdAt, managerOf, planOf, refusalOf, type TestEvent } from '../../test/stage.ts';
import type { Deps } from '../deps.ts';
import { blockSeats } from './block-seats.ts';
import { cancelEvent } from './cancel-event.ts';
import { createEvent } from './create-event.ts';
import { eventSeats } from './event-seats.ts';
import { getEvent } from './get-event.ts';
import { inventory } from './inventory.ts';
import { listEvents } from './list-events.ts';
import { listOrganisationEvents } from './list-organisation-events.ts';
import { publishEvent } from './publish-event.ts';
import { seatMap } from './seat-map.ts';
import { unblockSeats } from './unblock-seats.ts';
import { uploadSeatingPlan } from './upload-seating-plan.ts';

let deps: Deps;
beforeAll(async () => {
  deps = await freshDeps();
});
const told = (eventId: string) =>
  deps.db.query<{ status: string; revision: number }>(
    `SELECT envelope::jsonb->'payload'->>'status' AS status, (envelope::jsonb->'payload'->>'revision')::int AS revision
     FROM outbox WHERE key = $1 AND topic = 'event-changed' ORDER BY position`,
    [eventId],
  );

describe('a new event', () => {
  const organisationId = newId();
  const manager = managerOf(organisationId);
  const base = {
    organisationId,
    name: 'Evening',
    venue: 'Hall',
    startsAt: '2030-05-01T20:00:00Z',
    timeZone: 'Atlantic/Canary',
    currency: 'EUR',
    prices: [{ category: 'Stalls', priceMinor: 1250 }],
    onSaleFrom: '2030-01-01T10:00:00Z',
    onSaleUntil: '2030-05-01T20:30:00Z',
  };
  let seatingPlanId: string;
  beforeAll(async () => {
    const plan = { ...planOf(2, 3), categories: [{ name: 'Stalls' }, { name: 'Nobody' }] };
    ({ seatingPlanId } = await uploadSeatingPlan(deps)({ organisationId, text: JSON.stringify(plan) }, manager));
  });
  const create = (changes: object = {}, by = manager) => createEvent(deps)(CreateEvent.parse({ ...base, seatingPlanId, ...changes }), by);
  const faultPaths = async (changes: object) => {
    const { code, details } = await refusalOf(create(changes));
    expect(code).toBe('EVENT_INVALID');
    return (details.faults as { path: string }[]).map((fault) => fault.path); // EVENT_INVALID's details
  };

  it('is a draft with one seat per seat of the plan', async () => {
    const event = await create();
    expect(event).toMatchObject({
      status: 'DRAFT',
      seats: 6,
      prices: [{ category: 'Stalls', priceMinor: 1250 }],
      holdTtlMs: 300_000,
      maxSeatsPerCustomer: 8,
    });
    const { seats } = await eventSeats(deps)({ eventId: event.eventId }, manager);
    expect(seats[4]).toMatchObject({ section: 'Stalls', row: 'B', seat: '2', category: 'Stalls', priceMinor: 1250, x: 28, y: 28 });
    expect((await seatMap(deps)({ eventId: event.eventId }, manager)).map).toBe('000000');
    expect(await told(event.eventId)).toEqual([]);
  });

  it.each([
    [
      'an unknown category',
      {
        prices: [
          { category: 'Stalls', priceMinor: 1 },
          { category: 'Royal', priceMinor: 1 },
        ],
      },
      ['prices[1].category'],
    ],
    [
      'a category priced twice',
      {
        prices: [
          { category: 'Stalls', priceMinor: 1 },
          { category: 'Stalls', priceMinor: 2 },
        ],
      },
      ['prices[1].category'],
    ],
    ['a missing price', { prices: [{ category: 'Nobody', priceMinor: 1 }] }, ['prices']],
    ['a basket that no payment carries', { prices: [{ category: 'Stalls', priceMinor: 2_000_000_000 }] }, ['prices[0].priceMinor']],
    ['a window that ends before it begins', { onSaleFrom: '2030-05-01T20:30:00Z' }, ['onSaleUntil']],
    ['a window that ends long after the start', { onSaleUntil: '2030-05-03T20:30:00Z' }, ['onSaleUntil']],
    ['a year no calendar knows', { startsAt: '0000-01-01T00:00:00Z' }, ['startsAt']],
  ])('with %s is refused with the path', async (_, changes, paths) => expect(await faultPaths(changes)).toEqual(paths));

  it('needs a manager of the organisation and a plan of it', async () => {
    expect(await refusalOf(create({}, asUser()))).toMatchObject({ code: 'ORGANISATION_NOT_FOUND' });
    expect(await refusalOf(create({}, managerOf(organisationId, 'box-office')))).toEqual({ code: 'ROLE_REQUIRED', details: { role: 'manager' } });
    const elsewhere = newId();
    expect(await refusalOf(create({ organisationId: elsewhere }, managerOf(elsewhere, 'owner')))).toMatchObject({ code: 'SEATING_PLAN_NOT_FOUND' });
  });

  it('is made once per idempotency key', async () => {
    const me = managerOf(organisationId);
    const again = { ...me, idempotencyKey: 'create-1' };
    const first = await create({}, again);
    expect((await create({}, again)).eventId).toBe(first.eventId);
    expect(await refusalOf(create({ name: 'Another' }, again))).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('of 20,000 seats is there in seconds', async () => {
    const { eventId, seats } = await eventOnSale(deps, { plan: bigPlan() });
    expect(seats).toHaveLength(20_000);
    expect((await seatMap(deps)({ eventId }, anyone())).map).toBe('0'.repeat(20_000));
    const [order] = await deps.db.query<{ same: boolean }>(
      'SELECT array_agg(id ORDER BY id) = array_agg(id ORDER BY ord) AS same FROM seats WHERE event_id = $1',
      [eventId],
    );
    expect(order?.same).toBe(true); // neighbours share pages
  }, 20_000);
});

describe('the life of an event', () => {
  let event: TestEvent;
  beforeAll(async () => {
    event = await eventOnSale(deps, { draft: true });
  });
  const ref = () => ({ eventId: event.eventId });

  it('begins unseen', async () => {
    for (const call of [getEvent, eventSeats, seatMap]) {
      expect(await refusalOf(call(deps)(ref(), anyone()))).toMatchObject({ code: 'EVENT_NOT_FOUND' });
      expect(await refusalOf(call(deps)(ref(), managerOf(newId())))).toMatchObject({ code: 'EVENT_NOT_FOUND' });
      expect(await call(deps)(ref(), managerOf(event.organisationId, 'door'))).toMatchObject(ref());
    }
  });

  it('is changed by its managers only: strangers do not find it, colleagues are told', async () => {
    for (const call of [publishEvent, cancelEvent]) {
      expect(await refusalOf(call(deps)(ref(), asUser()))).toMatchObject({ code: 'EVENT_NOT_FOUND' });
      expect(await refusalOf(call(deps)(ref(), managerOf(newId(), 'owner')))).toMatchObject({ code: 'EVENT_NOT_FOUND' });
      expect(await refusalOf(call(deps)(ref(), managerOf(event.organisationId, 'box-office')))).toMatchObject({ code: 'ROLE_REQUIRED' });
    }
    expect(await told(event.eventId)).toEqual([]);
  });

  it('is published once, however often at the same moment, and told once', async () => {
    const answers = await Promise.allSettled(Array.from({ length: 5 }, () => publishEvent(deps)(ref(), event.manager)));
    expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(1);
    expect(await refusalOf(publishEvent(deps)(ref(), event.manager))).toEqual({ code: 'EVENT_NOT_DRAFT', details: { status: 'PUBLISHED' } });
    expect(await told(event.eventId)).toEqual([{ status: 'PUBLISHED', revision: 1 }]);
    expect(await getEvent(deps)(ref(), anyone())).toMatchObject({ status: 'PUBLISHED' });
  });

  it('ends once; a second time changes nothing', async () => {
    expect(await cancelEvent(deps)(ref(), event.manager)).toMatchObject({ status: 'CANCELLED' });
    expect(await cancelEvent(deps)(ref(), event.manager)).toMatchObject({ status: 'CANCELLED' });
    expect(await told(event.eventId)).toEqual([
      { status: 'PUBLISHED', revision: 1 },
      { status: 'CANCELLED', revision: 2 },
    ]);
    expect(await getEvent(deps)(ref(), anyone())).toMatchObject({ status: 'CANCELLED' });
    expect(await refusalOf(publishEvent(deps)(ref(), event.manager))).toMatchObject({ code: 'EVENT_NOT_DRAFT' });
  });
});

describe('lists', () => {
  it('show what is published, newest first, in pages', async () => {
    const organisationId = newId();
    const manager = managerOf(organisationId, 'door');
    const made: string[] = [];
    for (const draft of [false, true, false, false]) made.push((await eventOnSale(deps, { organisationId, draft })).eventId);
    const newest = [...made].reverse();
    const own = await listOrganisationEvents(deps)({ organisationId, limit: 3 }, manager);
    expect(own.events.map((event) => event.eventId)).toEqual(newest.slice(0, 3));
    const rest = await listOrganisationEvents(deps)({ organisationId, limit: 3, after: own.next ?? undefined }, manager);
    expect([rest.events.map((event) => event.eventId), rest.next]).toEqual([newest.slice(3), null]);
    const open = await listEvents(deps)({ limit: 3 }, anyone());
    expect(open.events.map((event) => event.eventId)).toEqual([newest[0], newest[1], newest[3]]);
    expect(open.events[0]?.prices).toEqual([{ category: 'Stalls', priceMinor: 1000 }]);
    expect(await refusalOf(listOrganisationEvents(deps)({ organisationId, limit: 3 }, asUser()))).toMatchObject({ code: 'ORGANISATION_NOT_FOUND' });
  });
});

describe('staff', () => {
  let event: TestEvent;
  let staff: ReturnType<typeof managerOf>;
  beforeAll(async () => {
    event = await eventOnSale(deps);
    staff = managerOf(event.organisationId, 'box-office');
  });
  const block = (positions: number[], by = staff) => blockSeats(deps)({ eventId: event.eventId, seatIds: at(event, ...positions) }, by);
  const unblock = (positions: number[], by = staff) => unblockSeats(deps)({ eventId: event.eventId, seatIds: at(event, ...positions) }, by);
  const counts = async () => (await inventory(deps)({ eventId: event.eventId }, staff)).total;

  it('takes seats off sale and puts them back, without harm twice', async () => {
    expect((await block([0, 1])).changed).toBe(2);
    expect((await block([1, 2])).changed).toBe(1);
    expect(await refusalOf(holdAt(deps, event, [1]))).toMatchObject({ code: 'SEAT_BLOCKED' });
    expect((await unblock([1, 2, 3])).changed).toBe(2);
    expect((await unblock([1, 2, 3])).changed).toBe(0);
    await holdAt(deps, event, [1]);
  });

  it('never takes a seat from a customer, and takes all or none', async () => {
    await holdAt(deps, event, [10]);
    expect(await refusalOf(block([9, 10]))).toEqual({ code: 'SEAT_ALREADY_HELD', details: { seatIds: at(event, 10) } });
    expect((await seatMap(deps)({ eventId: event.eventId }, anyone())).map.slice(9, 11)).toBe('01');
    const other = await eventOnSale(deps);
    const mixed = { eventId: event.eventId, seatIds: [...at(event, 12), ...at(other, 0)] };
    expect(await refusalOf(blockSeats(deps)(mixed, staff))).toMatchObject({ code: 'SEAT_OF_ANOTHER_EVENT' });
    expect(await refusalOf(unblockSeats(deps)({ ...mixed, seatIds: [newId()] }, staff))).toMatchObject({ code: 'SEAT_UNKNOWN' });
  });

  it('sees live numbers that add up', async () => {
    expect(await counts()).toEqual({ available: 47, held: 2, sold: 0, blocked: 1, capacity: 50 });
  });

  it('belongs to the house, in the right role', async () => {
    for (const call of [
      () => block([20], managerOf(newId())),
      () => unblock([20], managerOf(newId())),
      () => inventory(deps)({ eventId: event.eventId }, asUser()),
    ])
      expect(await refusalOf(call())).toMatchObject({ code: 'EVENT_NOT_FOUND' });
    const door = managerOf(event.organisationId, 'door');
    for (const call of [() => block([20], door), () => unblock([20], door), () => inventory(deps)({ eventId: event.eventId }, door)])
      expect(await refusalOf(call())).toEqual({ code: 'ROLE_REQUIRED', details: { role: 'box-office' } });
  });
});
