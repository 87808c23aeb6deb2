/** Why a ticket ended. */
export type CancelReason = 'refunded' | 'event-cancelled';

/** How a ticket comes into the world: to be used, or ended at birth because its money went back, or its event was called off, before it was issued. */
export type Birth = { status: 'ACTIVE'; cancelReason: null } | { status: 'CANCELLED'; cancelReason: CancelReason };

/** A refund is told before the event's end: it is what the customer asked about. */
export function birthOf({ refunded, eventCancelled }: { refunded: boolean; eventCancelled: boolean }): Birth {
  if (refunded) return { status: 'CANCELLED', cancelReason: 'refunded' };
  if (eventCancelled) return { status: 'CANCELLED', cancelReason: 'event-cancelled' };
  return { status: 'ACTIVE', cancelReason: null };
}
