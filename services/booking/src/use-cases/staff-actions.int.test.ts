import { BlockAdmission, BlockSeats } from '@boxoffice/contracts';
import { asUser } from '@boxoffice/testing';
import { beforeAll, expect, it } from 'vitest';
import { at, eventOnSale, freshDeps, holdAt, managerOf, planOf, refusalOf, type TestEvent } from '../../test/stage.ts';
import type { Deps } from '../deps.ts';
import { blockAdmission } from './block-admission.ts';
import { blockSeats } from './block-seats.ts';
import { cancelEvent } from './cancel-event.ts';
import { unblockSeats } from './unblock-seats.ts';
import { uploadSeatingPlan } from './upload-seating-plan.ts';

let deps: Deps;
beforeAll(async () => {
  deps = await freshDeps();
});
const areas = [{ name: 'Garden', category: 'Stalls', capacity: 5 }];
const anEvent = () => eventOnSale(deps, { plan: { ...planOf(1, 4), admissionAreas: areas } });
/** What was said of an organisation, in its order: action, subject, event, detail. */
const actsOf = async ({ organisationId, manager }: Pick<TestEvent, 'organisationId' | 'manager'>) => {
  const rows = await deps.db.query<{ payload: Record<string, unknown> }>(
    `SELECT envelope::json -> 'payload' AS payload FROM outbox WHERE topic = 'staff-acted' AND key = $1 ORDER BY position`,
    [organisationId],
  );
  for (const { payload } of rows)
    expect(payload).toMatchObject({ organisationId, userId: manager.actor.userId, reason: null, at: expect.any(String) });
  return rows.map(({ payload: { action, subject, eventId, detail } }) => [action, subject, eventId, detail]);
};

it('every staff action is said once, with what it changed; one that changed nothing is not', async () => {
  const event = await anEvent();
  const { eventId, manager } = event;
  const seats = BlockSeats.parse({ eventId, seatIds: at(event, 0, 1) });
  const area = BlockAdmission.parse({ eventId, area: 'Garden', blocked: 2 });
  for (let turn = 0; turn < 2; turn += 1) await blockSeats(deps)(seats, manager);
  for (let turn = 0; turn < 2; turn += 1) await unblockSeats(deps)(seats, manager);
  for (let turn = 0; turn < 2; turn += 1) await blockAdmission(deps)(area, manager);
  for (let turn = 0; turn < 2; turn += 1) await cancelEvent(deps)({ eventId }, manager);
  expect(await actsOf(event)).toEqual([
    ['booking.uploadSeatingPlan', expect.any(String), null, null],
    ['booking.createEvent', eventId, eventId, null],
    ['booking.publishEvent', eventId, eventId, null],
    ['booking.blockSeats', eventId, eventId, '2 seats'],
    ['booking.unblockSeats', eventId, eventId, '2 seats'],
    ['booking.blockAdmission', eventId, eventId, 'Garden: 2 off sale'],
    ['booking.cancelEvent', eventId, eventId, null],
  ]);
});

it('what was refused is not said, and a plan that is sent twice under one key is one action', async () => {
  const event = await anEvent();
  const { eventId, organisationId } = event;
  await holdAt(deps, event, [0], asUser());
  const before = (await actsOf(event)).length;
  const seats = BlockSeats.parse({ eventId, seatIds: at(event, 0, 1) });
  expect((await refusalOf(blockSeats(deps)(seats, event.manager))).code).toBe('SEAT_ALREADY_HELD');
  expect((await refusalOf(blockSeats(deps)(seats, managerOf(organisationId, 'door')))).code).toBe('ROLE_REQUIRED');
  expect((await refusalOf(blockAdmission(deps)(BlockAdmission.parse({ eventId, area: 'Garden', blocked: 6 }), event.manager))).code).toBe(
    'ADMISSION_SOLD_OUT',
  );
  const plan = { organisationId, text: JSON.stringify(planOf(1, 1)) };
  for (let turn = 0; turn < 2; turn += 1) await uploadSeatingPlan(deps)(plan, { ...event.manager, idempotencyKey: 'plan' });
  expect((await actsOf(event)).slice(before).map(([action]) => action)).toEqual(['booking.uploadSeatingPlan']);
});
