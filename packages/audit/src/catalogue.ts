/** What a check guards: the invariant of the sale's model, the metric that counts its findings, what a finding means and what a person does about it. */
export type Check = { metric: MetricName; invariant: string; means: string; act: string };

/** Metrics of the audit, without their prefix; each must be 0. */
export const metrics = {
  double_sold_seats: 'Seats sold, or ticketed, to more than one customer.',
  held_without_owner: 'Living holds of which seat, history and seat lock do not tell the same owner.',
  paid_without_ticket: 'Confirmed payments with a seat or a ticket missing.',
  ticket_without_payment: 'Tickets or sold seats that nobody has paid for.',
  outbox_stuck: 'Messages that were not sent, or not applied by somebody who hears them.',
  messages_set_aside: 'Messages a consumer could not deal with: waiting for another attempt, or dead.',
  undecided_payments: 'Payments past their deadline that are neither confirmed nor given up.',
  undecided_refunds: 'Refunds that were asked for and are neither given nor settled by somebody.',
  wrong_amounts: 'Sales whose price, captured and refunded money do not add up.',
  inventory_mismatches: 'Seats and reservations that contradict each other, the capacity or the limit per customer.',
  check_in_mismatches: 'Tickets let in twice, or used without having been let in.',
} as const;
export type MetricName = keyof typeof metrics;

const stopSale = 'Stop the sale of the event, keep both customers’ ids, and find out which guard failed before selling on.';
const askBooking = 'Compare seat and history by id in booking’s database; booking’s log of that reservation tells who wrote last.';
const askPayment = 'Read the payment’s steps (payment_steps) and ask the provider by their keys; the reconciler’s log says why it does not end.';
const askTicketing = 'See whether payment-confirmed was sent and whether it is parked at ticketing; replay it, or refund the payment.';
const askRelay = 'See whether Kafka answers and whether the service’s relay holds its shards (outbox_shards); the service’s log names the fault.';

/** Every check, by name. */
export const checks = {
  'seat-sold-twice': { metric: 'double_sold_seats', invariant: 'I1', means: 'A seat has two sales in booking’s history.', act: stopSale },
  'seat-ticketed-twice': { metric: 'double_sold_seats', invariant: 'I1', means: 'A seat has two living tickets.', act: stopSale },
  'hold-without-history': {
    metric: 'held_without_owner',
    invariant: 'I2',
    means: 'A seat is held and no open history says by whom.',
    act: askBooking,
  },
  'history-hold-without-seat': {
    metric: 'held_without_owner',
    invariant: 'I3',
    means: 'The history tells a customer of a living hold that the seat does not know.',
    act: askBooking,
  },
  'lock-without-owner': {
    metric: 'held_without_owner',
    invariant: 'I3',
    means: 'A seat lock in Redis shields a seat from everybody for a reservation that does not hold it.',
    act: 'It ends with its time. Many of them: see why booking could not give them up (its log, Redis’ latency); deleting the key is safe.',
  },
  'sale-without-history': {
    metric: 'inventory_mismatches',
    invariant: 'I2',
    means: 'A seat is sold and its history does not say to whom.',
    act: askBooking,
  },
  'history-sale-without-seat': {
    metric: 'inventory_mismatches',
    invariant: 'I2',
    means: 'The history says sold and the seat does not: it can be sold again.',
    act: stopSale,
  },
  'wrong-capacity': {
    metric: 'inventory_mismatches',
    invariant: 'I2',
    means: 'An event has more or fewer seats than its capacity.',
    act: askBooking,
  },
  'sold-in-part': {
    metric: 'inventory_mismatches',
    invariant: 'I4',
    means: 'Of one reservation some seats are sold and others not.',
    act: askBooking,
  },
  'over-limit': {
    metric: 'inventory_mismatches',
    invariant: 'I4',
    means: 'A customer has more seats of an event than it allows.',
    act: 'Decide whether the customer keeps them; refund the rest.',
  },
  'paid-without-seats': {
    metric: 'paid_without_ticket',
    invariant: 'I6',
    means: 'A payment is confirmed and no seats are sold to it.',
    act: 'Refund it, unless the seats can still be sold to it.',
  },
  'paid-without-ticket': { metric: 'paid_without_ticket', invariant: 'I6', means: 'Seats are paid for and have no ticket.', act: askTicketing },
  'ticket-without-sale': {
    metric: 'ticket_without_payment',
    invariant: 'I6',
    means: 'A living ticket has no sold and paid seat behind it: somebody could be let in for nothing.',
    act: 'Cancel the ticket before the doors open; see which message issued it.',
  },
  'seats-unpaid': {
    metric: 'ticket_without_payment',
    invariant: 'I5',
    means: 'Seats are sold to a payment that did not pay for them.',
    act: askPayment,
  },
  unsent: { metric: 'outbox_stuck', invariant: 'I8', means: 'A message waits in the outbox.', act: askRelay },
  'not-applied': {
    metric: 'outbox_stuck',
    invariant: 'I8',
    means: 'A message was sent and a consumer has not applied it.',
    act: 'See the consumer’s lag and log; a message that Kafka lost is sent again by setting sent_at to null in the speaker’s outbox.',
  },
  'set-aside': {
    metric: 'messages_set_aside',
    invariant: 'I8',
    means: 'A message failed and waits for another attempt; later ones of its key wait behind it.',
    act: 'The column error of parked_messages says why; it is tried again by itself, 15 times in about an hour and a half.',
  },
  'dead-letter': {
    metric: 'messages_set_aside',
    invariant: 'I8',
    means: 'A message is given up.',
    act: 'Remove the cause (column error of parked_messages) and replay it, or settle its effect by hand and delete the row.',
  },
  undecided: {
    metric: 'undecided_payments',
    invariant: 'I6',
    means: 'A payment is undecided though nobody waits for its customer.',
    act: askPayment,
  },
  'refund-undecided': {
    metric: 'undecided_refunds',
    invariant: 'I6',
    means: 'Money is owed to a customer and does not go back: nobody answers, or the provider declined.',
    act: 'FAILED: payment.retryRefund, or give it back outside and payment.settleRefundByHand. PENDING: see payment_steps and the log of who does not answer.',
  },
  'refunded-twice': {
    metric: 'wrong_amounts',
    invariant: 'I6',
    means: 'More went back than was taken, or a seat was refunded twice.',
    act: 'Compare the payment’s refunds with the provider’s by their keys; the customer has money that is not his.',
  },
  'wrong-amount': {
    metric: 'wrong_amounts',
    invariant: 'I5',
    means: 'A payment minus its fees and refunds is not what its seats cost.',
    act: askPayment,
  },
  'not-captured-once': {
    metric: 'wrong_amounts',
    invariant: 'I6',
    means: 'The test provider did not capture a confirmed payment exactly once, in full.',
    act: askPayment,
  },
  'charge-kept': {
    metric: 'wrong_amounts',
    invariant: 'I6',
    means: 'The test provider keeps money of a payment that is not confirmed.',
    act: askPayment,
  },
  'check-in-mismatch': {
    metric: 'check_in_mismatches',
    invariant: 'I10',
    means: 'A ticket was let in twice, or never and is used.',
    act: 'See check_ins of the ticket: gate, time and who let it in.',
  },
} as const satisfies Record<string, Check>;
export type CheckName = keyof typeof checks;

/** All names of checks. */
export const checkNames = Object.keys(checks) as CheckName[]; // the keys of the record above
