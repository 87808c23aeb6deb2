import { type Caller, type PaymentMethod, PaymentReference, type User } from '@boxoffice/contracts';
import { asMember } from '@boxoffice/testing';
import { expect } from 'vitest';
import { organisationId } from './booking-peer.ts';
import { type PaymentProcess, refusalOf, type Stage } from './stage.ts';

/** Staff of the organisation that all events of a stage are of. */
export const staff = (role: 'manager' | 'box-office' | 'door' = 'box-office'): Caller<User> => asMember({ organisationId, role });
export const transfer = { withinHours: 24, instructions: 'IBAN ES00 1234' };

/** An event that is paid in every way: a fee of 50 a seat, a day for a transfer, at the door until an hour before. */
export async function openEvent(stage: Stage, { payment }: PaymentProcess, told?: Parameters<Stage['event']>[0]): Promise<string> {
  const eventId = await stage.event(told);
  const methods: PaymentMethod[] = ['online', 'bank-transfer', 'at-door'];
  const settings = { methods, bankTransfer: transfer, atDoor: { untilHoursBefore: 1 }, feePerSeatMinor: 50, cancelUntilHours: 24, keepFees: true };
  await payment.setEventPayments({ eventId, ...settings }, staff('manager'));
  return eventId;
}

/** A customer whose payment of two seats waits for its money. */
export async function awaitingCustomer(stage: Stage, { payment }: PaymentProcess, eventId: string) {
  const customer = await stage.customer(payment, 2, { eventId, method: 'bank-transfer' });
  const shown = await payment.confirmPayment({ paymentId: customer.paymentId }, customer.me);
  expect(shown).toMatchObject({ status: 'PENDING', waitingFor: 'staff', method: 'bank-transfer' });
  return { ...customer, reference: PaymentReference.parse(shown.reference) };
}

/** The deadline of this payment was a second ago. */
export const deadlinePassed = ({ db }: Stage, paymentId: string) =>
  db.query(
    `UPDATE transactions SET pay_until = statement_timestamp() - interval '1 second', next_check_at = statement_timestamp() - interval '1 second' WHERE id = $1`,
    [paymentId],
  );

export { refusalOf };
