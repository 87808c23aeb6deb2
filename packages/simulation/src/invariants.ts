import { limit, priceMinor } from './booking.ts';
import { chargeKey } from './payment.ts';
import type { Entry } from './seat-machine.ts';
import { readEntry } from './seat-returns.ts';
import type { Stage } from './stage.ts';

const groupedBy = <T>(things: readonly T[], keyOf: (thing: T) => string): Map<string, T[]> => Map.groupBy(things, keyOf);

/** What must be true after every step: I1, I2, I3 of the rows, I4, I5 of the rows, I10. */
export function brokenNow({ world, booking, ticketing }: Stage): string[] {
  const broken: string[] = [];
  const { history, seats } = booking.house;
  const isLive = (entry: Entry) => readEntry(entry, world.now).status !== 'RELEASED';
  const live = history.filter(isLive);
  for (const [seatId, entries] of groupedBy(live, (entry) => entry.seatId))
    if (entries.length > 1) broken.push(`I1: ${seatId} is held or sold ${entries.length} times: ${entries.map((entry) => entry.reservationId)}`);
  for (const [userId, entries] of groupedBy(live, (entry) => entry.userId))
    if (entries.length > limit) broken.push(`I4: ${userId} has ${entries.length} seats, ${limit} are allowed`);
  for (const entry of live) {
    const seat = seats.get(entry.seatId);
    const agrees = seat?.reservationId === entry.reservationId && seat.status === (entry.status === 'HELD' ? 'AVAILABLE' : 'SOLD');
    if (!agrees) broken.push(`I2: ${entry.reservationId} is ${entry.status} and its seat ${entry.seatId} does not say so`);
  }
  for (const seat of seats.values()) {
    const isTaken = seat.status === 'SOLD' || (seat.heldUntil !== null && seat.heldUntil > world.now);
    const agrees = !isTaken || live.some((entry) => entry.seatId === seat.id && entry.reservationId === seat.reservationId);
    if (!agrees) broken.push(`I2: ${seat.id} is taken by ${seat.reservationId}, whose history does not say so`);
  }
  for (const entry of history)
    if (entry.releaseReason === 'expired' && entry.expiresAt > world.now)
      broken.push(`I3: ${entry.reservationId} lost ${entry.seatId} before its time`);
  for (const [id, entries] of groupedBy(history, (entry) => entry.reservationId)) {
    const sold = entries.filter((entry) => entry.status === 'CONFIRMED');
    if (sold.length > 0 && sold.length < entries.length) broken.push(`I4: ${id} is sold in part`);
  }
  for (const ticket of ticketing.tickets)
    if (ticket.checkIns > (ticket.status === 'USED' ? 1 : 0))
      broken.push(`I10: ${ticket.seatId} of ${ticket.paymentId} was let in ${ticket.checkIns} times and is ${ticket.status}`);
  return broken;
}

/** What must be true when everything is still: seats, money, tickets and messages tell one story, and what customers were told is so. */
export function brokenAtRest(stage: Stage): string[] {
  return [...moneyDisagrees(stage), ...ticketsDisagree(stage), ...messagesMissing(stage), ...wordsBroken(stage)];
}

function moneyDisagrees({ payment, booking, bank }: Stage): string[] {
  const broken: string[] = [];
  const kept = bank.charges.filter(({ status }) => status === 'pending' || status === 'authorised' || status === 'captured');
  for (const row of payment.rows.values()) {
    if (row.status === 'PENDING') broken.push(`liveness: ${row.id} is still ${row.step}`);
    const charges = kept.filter((charge) => charge.key === chargeKey(row.id));
    const captured = charges.filter((charge) => charge.status === 'captured').reduce((sum, charge) => sum + charge.amountMinor, 0);
    const sold = booking.house.history.filter((entry) => entry.status === 'CONFIRMED' && entry.paymentId === row.id);
    if (row.status !== 'CONFIRMED' && charges.length > 0) broken.push(`I6: ${row.id} is ${row.status} and its money is ${charges[0]?.status}`);
    if (row.status === 'CONFIRMED' && captured !== row.amountMinor) broken.push(`I6: ${row.id} of ${row.amountMinor} was captured ${captured}`);
    if (row.status === 'CONFIRMED' && sold.length * priceMinor !== captured) broken.push(`I6: ${row.id} paid ${captured} for ${sold.length} seats`);
    if (row.status !== 'CONFIRMED' && sold.length > 0) broken.push(`I5: ${sold.length} seats are sold to ${row.id}, which is ${row.status}`);
  }
  return broken;
}

function ticketsDisagree({ payment, booking, ticketing }: Stage): string[] {
  const broken: string[] = [];
  const living = ticketing.tickets.filter((ticket) => ticket.status !== 'CANCELLED');
  for (const [seatId, tickets] of groupedBy(living, (ticket) => ticket.seatId))
    if (tickets.length > 1) broken.push(`I1: ${seatId} has ${tickets.length} living tickets`);
  for (const row of payment.rows.values()) {
    const names = (seats: { seatId: string }[]) => String(seats.map(({ seatId }) => seatId).sort());
    const sold = names(booking.house.history.filter((entry) => entry.status === 'CONFIRMED' && entry.paymentId === row.id));
    const ticketed = names(ticketing.tickets.filter((ticket) => ticket.paymentId === row.id));
    if (sold !== ticketed) broken.push(`I6: ${row.id} bought [${sold}] and has tickets for [${ticketed}]`);
  }
  return broken;
}

function messagesMissing({ payment, outboxes, consumers, heard }: Stage): string[] {
  const broken: string[] = [];
  const rows = [...outboxes.booking.rows, ...outboxes.payment.rows];
  for (const row of rows) {
    if (!row.isSent) broken.push(`I8: ${row.id} was never sent`);
    if (heard.applied.get(row.id) !== 1) broken.push(`I8: ${row.id} was applied ${heard.applied.get(row.id) ?? 0} times by the reports`);
    if (row.topic === 'payment-confirmed' && !consumers.ticketing.has(row)) broken.push(`I8: ${row.id} was never applied by ticketing`);
  }
  for (const { id, status } of payment.rows.values()) {
    const said = outboxes.payment.rows.filter((row) => row.key === id).map((row) => row.topic);
    const due = status === 'CONFIRMED' ? 'payment-confirmed' : status === 'FAILED' ? 'payment-failed' : '';
    if (String(said) !== due) broken.push(`I8: ${id} is ${status} and said [${said}]`);
  }
  if (heard.revisions.some((revision, at) => revision < (heard.revisions[at - 1] ?? 0))) broken.push(`I9: revisions came as ${heard.revisions}`);
  return broken;
}

function wordsBroken({ booking, payment, ticketing, told }: Stage): string[] {
  const broken: string[] = [];
  for (const { wanted, held } of told.holds) {
    const entries = booking.house.history.filter((entry) => entry.reservationId === held.reservationId);
    const found = String(entries.map((entry) => entry.seatId).sort());
    if (found !== String([...wanted.seatIds].sort()))
      broken.push(`I3: ${held.reservationId} was acknowledged for [${wanted.seatIds}] and has [${found}]`);
  }
  for (const id of told.confirmed) if (payment.rows.get(id)?.status !== 'CONFIRMED') broken.push(`I12: ${id} was acknowledged as paid`);
  const checkIns = ticketing.tickets.reduce((sum, ticket) => sum + ticket.checkIns, 0);
  if (told.letIn > checkIns) broken.push(`I12: ${told.letIn} people were let in by ${checkIns} check-ins`);
  return broken;
}
