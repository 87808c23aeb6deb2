import { organisationsWhere, Refusal, type User } from '@boxoffice/contracts';
import type { QrPayload } from './qr-code.ts';

/** A code after its signature was checked: ours, or not and why. */
export type ProvenCode = { payload: QrPayload; forged?: undefined } | { forged: 'unreadable' | 'unknown-key' | 'signature' };

/** What the door must know of a ticket that was not let in. */
export type TicketAtDoor = {
  status: 'ACTIVE' | 'USED' | 'CANCELLED';
  revision: number;
  usedAt: Date | null;
  gate: string | null;
  cancelReason: string | null;
};

/** May this person work at the doors of this event? Refuses EVENT_NOT_FOUND (a stranger sees no events) and ROLE_REQUIRED (a colleague of another kind). */
export function decideDoor(user: User, event: { organisationId: string } | undefined): void {
  if (!event) throw new Refusal('EVENT_NOT_FOUND', {});
  if (!organisationsWhere(user, 'door').includes(event.organisationId)) throw new Refusal('ROLE_REQUIRED', { role: 'door' });
}

/** What the code says, once it is proven ours. Refuses TICKET_FORGED. */
export function decideCode(code: ProvenCode): QrPayload {
  if (code.forged) throw new Refusal('TICKET_FORGED', { reason: code.forged });
  return code.payload;
}

/** Why a proven code was not let in, in the order that helps the door most: not a ticket (any more), cancelled, used. */
export function refusalAtDoor(ticket: TicketAtDoor | undefined, code: Pick<QrPayload, 'ticketId' | 'revision'>): Error {
  if (!ticket) return new Refusal('TICKET_FORGED', { reason: 'unknown-ticket' });
  if (ticket.revision !== code.revision) return new Refusal('TICKET_FORGED', { reason: 'superseded' });
  if (ticket.status === 'CANCELLED') return new Refusal('TICKET_CANCELLED', { reason: ticket.cancelReason ?? 'unknown' });
  if (ticket.usedAt && ticket.gate !== null) return new Refusal('TICKET_ALREADY_USED', { usedAt: ticket.usedAt, gate: ticket.gate });
  return new Error(`ticket ${code.ticketId} is ${ticket.status} and was not let in`); // came back to life between two statements
}
