import { Refusal } from '@boxoffice/contracts';

/** What an amount is computed from. Money in minor units. */
export interface OrderMoney {
  seats: readonly { seatId: string; priceMinor: number }[];
  /** Seats of earlier refunds, whether done or under way. */
  refundedSeatIds: ReadonlySet<string>;
  /** Fees in the payment's amount, for all seats together. */
  feeMinor: number;
  capturedMinor: number;
  /** Refunds that are done or under way, with their fees. */
  refundedMinor: number;
}
/** What is wanted back: seats, an amount, or (neither) everything that is left of the order. */
export interface RefundWish {
  seatIds?: readonly string[] | undefined;
  amountMinor?: number | undefined;
  withFees: boolean;
}
/** `feeMinor` is the part of `amountMinor` that is fees. */
export interface RefundAmount {
  kind: 'seats' | 'amount';
  seatIds: string[];
  amountMinor: number;
  feeMinor: number;
}

/** What a refund gives back. Refuses SEATS_NOT_OF_ORDER, ALREADY_REFUNDED and REFUND_TOO_MUCH; never more than what was captured, all refunds together. */
export function refundAmount(order: OrderMoney, wish: RefundWish): RefundAmount {
  const leftMinor = order.capturedMinor - order.refundedMinor;
  if (wish.amountMinor !== undefined) {
    if (wish.amountMinor > leftMinor) throw new Refusal('REFUND_TOO_MUCH', { leftMinor });
    return { kind: 'amount', seatIds: [], amountMinor: wish.amountMinor, feeMinor: 0 };
  }
  const seatIds = wish.seatIds ? namedSeats(order, wish.seatIds) : allSeats(order);
  const wanted = new Set(seatIds);
  const price = order.seats.reduce((sum, { seatId, priceMinor }) => sum + (wanted.has(seatId) ? priceMinor : 0), 0);
  const fee = wish.withFees ? feeShare(order, seatIds.length) : 0;
  if (price + fee <= leftMinor) return { kind: 'seats', seatIds, amountMinor: price + fee, feeMinor: fee };
  if (wish.seatIds) throw new Refusal('REFUND_TOO_MUCH', { leftMinor });
  // "Everything" is what is left: good will that was given before is not given twice. Fees last, so that prices are whole as long as they can be.
  const amountMinor = Math.max(0, leftMinor);
  return { kind: 'seats', seatIds, amountMinor, feeMinor: Math.max(0, amountMinor - price) };
}

function namedSeats({ seats, refundedSeatIds }: OrderMoney, named: readonly string[]): string[] {
  const seatIds = named.map((seatId) => seatId.toLowerCase());
  const known = new Set(seats.map(({ seatId }) => seatId));
  const foreign = seatIds.filter((seatId) => !known.has(seatId));
  if (foreign.length > 0) throw new Refusal('SEATS_NOT_OF_ORDER', { seatIds: foreign });
  const again = seatIds.filter((seatId) => refundedSeatIds.has(seatId));
  if (again.length > 0) throw new Refusal('ALREADY_REFUNDED', { seatIds: again });
  return [...new Set(seatIds)];
}

function allSeats({ seats, refundedSeatIds }: OrderMoney): string[] {
  const left = seats.map(({ seatId }) => seatId).filter((seatId) => !refundedSeatIds.has(seatId));
  if (left.length === 0) throw new Refusal('ALREADY_REFUNDED', { seatIds: [...refundedSeatIds] });
  return left;
}

/** The fees of the next `count` seats: shares of seats that follow each other add up to the whole, whatever it is divided by. */
function feeShare({ seats, refundedSeatIds, feeMinor }: OrderMoney, count: number): number {
  const upTo = (n: number) => Math.floor((feeMinor * n) / seats.length);
  return upTo(refundedSeatIds.size + count) - upTo(refundedSeatIds.size);
}
