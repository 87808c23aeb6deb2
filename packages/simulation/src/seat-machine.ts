/**
 * The seat state machine: what booking's statements do to seats and their history, without a database. The specification in code; the test
 * services/booking/test/seat-machine.int.test.ts plays random sequences against it and against the real statements and compares every answer and row.
 *
 * A statement comes in two halves, as in READ COMMITTED: the function looks (its snapshot, and `at`, its statement_timestamp()) and answers how to carry
 * it out; between the two, others may commit. Carrying out looks at the seats again, as the row lock does in Postgres.
 */
export type Seat = {
  id: string;
  status: 'AVAILABLE' | 'BLOCKED' | 'SOLD';
  reservationId: string | null;
  heldBy: string | null;
  /** Times are milliseconds of the database's clock. */
  heldUntil: number | null;
};

/** One seat of one reservation. */
export type Entry = {
  reservationId: string;
  seatId: string;
  userId: string;
  status: 'HELD' | 'CONFIRMED' | 'RELEASED';
  releaseReason: ReleaseReason | null;
  expiresAt: number;
  /** A hold is kept longer once in its life. */
  extended: boolean;
  /** Who paid; stays when the seat goes back. */
  paymentId: string | null;
};
type ReleaseReason = 'customer' | 'expired' | 'payment-failed' | 'refunded' | 'event-cancelled';

/** One event's seats and their history. `limit`: seats a customer may hold or own. */
export type House = { event: 'PUBLISHED' | 'CANCELLED'; limit: number; seats: Map<string, Seat>; history: Entry[]; rules: Rules };

/** The conditions everything hangs on. Others than `rules` are for proving that their absence is noticed. */
export interface Rules {
  /** May somebody else have this seat? Its status and the end of its hold. */
  claimable(seat: Seat, at: number): boolean;
  /** Is this seat this reservation's hold? The fence. */
  heldFor(seat: Seat, reservationId: string): boolean;
  /** Does the hold on this seat still run? */
  live(seat: Seat, at: number): boolean;
  /** Does a statement whose halves disagree change nothing? They do when the history was closed between look and lock. */
  mustAgree: boolean;
}

/** As in booking's SQL. */
export const rules: Rules = {
  claimable: (seat, at) => seat.status === 'AVAILABLE' && (seat.heldUntil === null || seat.heldUntil <= at),
  heldFor: (seat, reservationId) => seat.status === 'AVAILABLE' && seat.reservationId === reservationId,
  live: (seat, at) => seat.heldUntil !== null && seat.heldUntil > at,
  mustAgree: true,
};

/** Nobody's. */
export const free = { reservationId: null, heldBy: null, heldUntil: null };

/** An event on sale. */
export const createHouse = (seatIds: readonly string[], limit: number, by: Rules = rules): House => ({
  event: 'PUBLISHED',
  limit,
  seats: new Map(seatIds.map((id) => [id, { id, status: 'AVAILABLE', ...free }])),
  history: [],
  rules: by,
});

/** How to carry out a statement that has looked. */
export type CarryOut<Answer> = () => Answer;

export type Hold = { reservationId: string; userId: string; seatIds: readonly string[]; ttlMs: number };
export type HoldAnswer = { result: 'HELD'; heldUntil: number } | { result: 'KNOWN' | 'CLOSED' } | { result: 'TAKEN'; free: string[] };
export type Sale = { reservationId: string; paymentId: string; seats: number };
export type SaleResult = 'CONFIRMED' | 'OTHER' | 'GONE';

/** A seat that is there, or a bug. */
export const seatOf = (house: House, id: string): Seat => {
  const seat = house.seats.get(id);
  if (!seat) throw new Error(`there is no seat ${id}`);
  return seat;
};
/** The seats of one reservation. */
export const reservation = (house: House, id: string): Entry[] => house.history.filter((entry) => entry.reservationId === id);
const isLive = (entry: Entry, at: number) => entry.status === 'CONFIRMED' || (entry.status === 'HELD' && entry.expiresAt > at);
const owned = (house: House, userId: string, at: number, but?: string) =>
  house.history.filter((entry) => entry.userId === userId && entry.reservationId !== but && isLive(entry, at)).length;

/** Whoever takes a seat closes the history of the holder whose time was over. */
export function closeOver(house: House, seat: Seat, taker?: string): void {
  for (const entry of house.history)
    if (entry.seatId === seat.id && entry.reservationId === seat.reservationId && entry.reservationId !== taker && entry.status === 'HELD')
      Object.assign(entry, { status: 'RELEASED', releaseReason: 'expired' });
}

/** Takes every seat or none, within the customer's limit. A reservation that was here before is KNOWN and nothing changes. */
export function hold(house: House, { reservationId, userId, seatIds, ttlMs }: Hold, at: number): CarryOut<HoldAnswer> {
  const known = reservation(house, reservationId).length > 0;
  const may = house.event === 'PUBLISHED' && owned(house, userId, at) + seatIds.length <= house.limit;
  const wanted = seatIds.map((id) => seatOf(house, id));
  const found = wanted.filter((seat) => house.rules.claimable(seat, at));
  return () => {
    if (known) return { result: 'KNOWN' };
    if (!may) return { result: 'CLOSED' };
    const still = found.filter((seat) => house.rules.claimable(seat, at));
    if (still.length < wanted.length) return { result: 'TAKEN', free: still.map((seat) => seat.id) };
    const heldUntil = at + ttlMs;
    for (const seat of still) {
      closeOver(house, seat);
      Object.assign(seat, { reservationId, heldBy: userId, heldUntil });
      house.history.push({
        ...{ reservationId, seatId: seat.id, userId, status: 'HELD', releaseReason: null },
        ...{ expiresAt: heldUntil, extended: false, paymentId: null },
      });
    }
    return { result: 'HELD', heldUntil };
  };
}

/** Entries of a reservation whose seats, looked at again, are all still its live hold; none otherwise. */
function allLive(house: House, entries: Entry[], at: number): Entry[] {
  const isOurs = (entry: Entry) => {
    const seat = seatOf(house, entry.seatId);
    return house.rules.heldFor(seat, entry.reservationId) && house.rules.live(seat, at);
  };
  return entries.every(isOurs) ? entries : [];
}

function mustAgree({ rules }: House, entries: readonly Entry[], isSo = (entry: Entry) => entry.status === 'HELD'): void {
  if (rules.mustAgree && !entries.every(isSo)) throw new Error('history disagrees');
}

/** Keeps a live hold of this customer for at least `keepMs` from now, once in its life; anything else stays as it is. */
export function extend(house: House, keep: { reservationId: string; userId: string; keepMs: number }, at: number): CarryOut<void> {
  const mine = reservation(house, keep.reservationId).filter((entry) => entry.userId === keep.userId && entry.status === 'HELD' && !entry.extended);
  return () => {
    const live = allLive(house, mine, at);
    mustAgree(house, live);
    for (const entry of live) {
      const seat = seatOf(house, entry.seatId);
      seat.heldUntil = Math.max(seat.heldUntil ?? 0, at + keep.keepMs);
      Object.assign(entry, { expiresAt: seat.heldUntil, extended: true });
    }
  };
}

/** Sells a live hold to a payment, all its seats if exactly so many were paid for. False is no verdict yet: `settle` gives it. */
export function confirm(house: House, { reservationId, paymentId, seats }: Sale, at: number): CarryOut<boolean> {
  const held = house.event === 'PUBLISHED' ? reservation(house, reservationId).filter((entry) => entry.status === 'HELD') : [];
  return () => {
    const live = allLive(house, held, at);
    if (live.length === 0 || live.length !== seats) return false;
    mustAgree(house, live);
    for (const entry of live) sell(house, entry, paymentId);
    return true;
  };
}

function sell(house: House, entry: Entry, paymentId: string): void {
  const { reservationId, userId: heldBy } = entry;
  Object.assign(seatOf(house, entry.seatId), { status: 'SOLD', reservationId, heldBy, heldUntil: null });
  Object.assign(entry, { status: 'CONFIRMED', releaseReason: null, paymentId });
}

/** The verdict on a sale that was not plain: sold to this payment before or now (its time was over, its seats still free), sold to another, or gone. */
export function settle(house: House, { reservationId, paymentId, seats }: Sale, at: number): CarryOut<SaleResult> {
  const entries = reservation(house, reservationId).filter(({ status, releaseReason: reason }) => {
    return status !== 'RELEASED' || reason === 'expired' || reason === 'refunded';
  });
  const [first] = entries;
  const paid = entries.filter((entry) => entry.paymentId === paymentId).length;
  const wasSold = entries.some((entry) => entry.status === 'CONFIRMED');
  const may =
    first !== undefined &&
    house.event === 'PUBLISHED' &&
    owned(house, first.userId, at, reservationId) + seats <= house.limit &&
    entries.every((entry) => entry.paymentId === null);
  const areOpen = () =>
    entries.every(({ seatId }) => house.rules.claimable(seatOf(house, seatId), at) || house.rules.heldFor(seatOf(house, seatId), reservationId));
  const found = may && entries.length === seats && areOpen();
  return () => {
    if (found && areOpen()) {
      mustAgree(house, entries, ({ status, releaseReason }) => status === 'HELD' || releaseReason === 'expired');
      for (const entry of entries) {
        closeOver(house, seatOf(house, entry.seatId), reservationId);
        sell(house, entry, paymentId);
      }
      return 'CONFIRMED';
    }
    if (!wasSold) return 'GONE';
    return paid === seats ? 'CONFIRMED' : 'OTHER';
  };
}
