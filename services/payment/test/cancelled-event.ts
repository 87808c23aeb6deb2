import { randomUUID } from 'node:crypto';
import { type Caller, type EventCancellation, type EventCancellationPlan, SetEventPayments, type User } from '@boxoffice/contracts';
import { eventually } from '@boxoffice/testing';
import { expect } from 'vitest';
import type { z } from 'zod';
import { type SoldOrder, soldOrder, staff } from './orders.ts';
import { cards, type PaymentProcess, type Stage } from './stage.ts';

type Plan = z.output<typeof EventCancellationPlan>;
type Progress = z.input<typeof EventCancellation>;

/** An event with orders, to be cancelled. */
export interface CancelledEvent {
  eventId: string;
  manager: Caller<User>;
  /** A paid order; the same customer's next one when `me` is given. */
  sell(given?: { seats?: number; me?: Caller<User> }): Promise<SoldOrder>;
  /** An order whose seats are sold and whose money has not come. */
  owe(me?: Caller<User>): Promise<SoldOrder>;
  /** Booking says that the event does not take place. */
  cancel(): Promise<void>;
  plan(by?: Caller<User>, withFees?: boolean): Promise<Plan>;
  /** Plans and starts. */
  start(): Promise<Progress>;
  /** Runs the job in these processes until it is done. */
  work(...processes: PaymentProcess[]): Promise<Progress>;
  progress(): Promise<Progress>;
  /** What was said with this topic about this event, in its order. */
  said<T>(topic: string): Promise<T[]>;
}

export async function cancelledEvent(stage: Stage, one: PaymentProcess): Promise<CancelledEvent> {
  const eventId = await stage.event({ eventId: randomUUID() });
  const { payment } = one;
  const manager = staff();
  const settings = { methods: ['online', 'bank-transfer'], bankTransfer: { withinHours: 24, instructions: 'IBAN' } };
  await payment.setEventPayments(SetEventPayments.parse({ eventId, ...settings }), manager);
  const progress = () => payment.getEventCancellation({ eventId }, manager);
  const plan: CancelledEvent['plan'] = async (by = manager, withFees = true) =>
    payment.planEventCancellation({ eventId, withFees }, by) as Promise<Plan>;
  return {
    eventId,
    manager,
    sell: ({ seats = 2, me } = {}) => soldOrder(stage, one, { seats, eventId, me }),
    async owe(me) {
      const order = await stage.customer(payment, 2, { eventId, method: 'bank-transfer', me });
      expect(await payment.confirmPayment({ paymentId: order.paymentId }, order.me)).toMatchObject({ status: 'PENDING', waitingFor: 'staff' });
      return { ...order, seatIds: stage.booking.seatsSoldTo(order.reservationId) };
    },
    cancel: async () => {
      await stage.db.query(`UPDATE event_facts SET status = 'CANCELLED', revision = revision + 1 WHERE event_id = $1`, [eventId]);
    },
    plan,
    start: async () => payment.startEventCancellation({ eventId, code: (await plan()).code, reason: 'The hall burnt down' }, manager),
    work: (...processes) =>
      eventually(
        async () => {
          await Promise.all(processes.map((process) => process.run('refund-cancelled-events')));
          const now = await progress();
          expect(now.status, JSON.stringify(now)).toBe('DONE');
          return now;
        },
        { withinMs: 30_000 },
      ),
    progress,
    said: async <T>(topic: string) =>
      (
        await stage.db.query<{ payload: T }>(
          `SELECT envelope::jsonb -> 'payload' AS payload FROM outbox WHERE topic = $1 AND envelope::jsonb -> 'payload' ->> 'eventId' = $2 ORDER BY position`,
          [topic, eventId],
        )
      ).map(({ payload }) => payload),
  };
}

/** The provider declines to give this order's money back, or does not any more. */
export const declineRefunds = (stage: Stage, { paymentId }: SoldOrder, declines: boolean) =>
  stage.db.query(`UPDATE test_provider_charges SET status = $2 WHERE key LIKE $1 || ':%'`, [paymentId, declines ? 'voided' : 'captured']);

/** The card that everybody here pays with. */
export const card = cards.approved;
