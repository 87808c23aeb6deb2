/** How a customer paid. */
export type PaymentMethod = 'online' | 'bank-transfer' | 'at-door';

/** One sold seat of an order; `label` as 'Stalls C 14', the price in minor units. */
export type OrderSeat = { seatId: string; label: string; category: string; priceMinor: number };

/** Money of an order that went back. */
export type OrderRefund = { at: Date; amountMinor: number };

/** One ticket of an order; `qrPngBase64` is the image that ticketing keeps, with its quiet zone. */
export type OrderTicket = {
  ticketId: string;
  seatId: string;
  label: string;
  category: string;
  status: 'ACTIVE' | 'USED' | 'CANCELLED';
  qrPngBase64: string;
};

/** The event as papers name it; `timeZone` is an IANA name. */
export type OrderEvent = {
  eventId: string;
  name: string;
  venue: string;
  startsAt: Date;
  timeZone: string;
  status: 'DRAFT' | 'PUBLISHED' | 'CANCELLED';
};

/** Everything that stands on the papers of one paid order. Amounts are minor units of `currency`; `amountMinor` is what was paid, fees included. */
export type OrderDocument = {
  /** Who sells; `address` may have several lines. */
  organiser: { name: string; address: string | null; taxId: string | null };
  paymentId: string;
  receiptNumber: string;
  paidAt: Date;
  method: PaymentMethod;
  event: OrderEvent;
  seats: readonly OrderSeat[];
  feeMinor: number;
  currency: string;
  amountMinor: number;
  refunds: readonly OrderRefund[];
  tickets: readonly OrderTicket[];
};
