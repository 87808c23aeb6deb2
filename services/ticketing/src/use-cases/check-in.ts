import { Refusal, TicketCheckedIn, type TicketingService } from '@boxoffice/contracts';
import { outbox } from '@boxoffice/messaging';
import { type Database, idempotent, type Tx } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { TicketSigner } from '../crypto/ticket-signer.ts';
import { decideCode, decideDoor, refusalAtDoor } from '../domain/door.ts';
import type { QrPayload } from '../domain/qr-code.ts';
import { letIn, ticketAtDoor, type Welcomed } from '../persistence/check-in.sql.ts';
import { eventNameOf, eventOfOrganisations } from '../persistence/event-facts.sql.ts';

/**
 * Lets a ticket in, once. Refuses EVENT_NOT_FOUND and ROLE_REQUIRED (who is at the door), TICKET_FORGED and TICKET_OF_ANOTHER_EVENT (the code),
 * TICKET_CANCELLED and TICKET_ALREADY_USED (the ticket). The same idempotency key is welcomed again with the same answer.
 */
export const checkIn =
  ({ db, signer }: { db: Database; signer: TicketSigner }): TicketingService['checkIn'] =>
  async (input, { actor, idempotencyKey }) => {
    const code = await signer.prove(input.qr); // before the transaction: it may read a key over a connection of its own
    const call = { userId: actor.userId, procedure: 'check-in', key: idempotencyKey, input };
    return db.transaction((tx) =>
      idempotent(tx, call, async () => {
        const organisationIds = actor.memberships.map((membership) => membership.organisationId);
        decideDoor(actor, await eventOfOrganisations(tx, input.eventId, organisationIds));
        const payload = decideCode(code);
        if (payload.eventId !== input.eventId) throw new Refusal('TICKET_OF_ANOTHER_EVENT', { eventName: await eventNameOf(tx, payload.eventId) });
        const welcomed = await welcome(tx, payload, { gate: input.gate, checkedInBy: actor.userId });
        return { ticketId: payload.ticketId, label: welcomed.label, category: welcomed.category, gate: welcomed.gate, checkedInAt: welcomed.usedAt };
      }),
    );
  };

/** Try, then say: whoever's conditional UPDATE finds the ticket active lets it in, everybody else is told why not. */
async function welcome(tx: Tx, { ticketId, eventId, revision }: QrPayload, door: { gate: string; checkedInBy: string }): Promise<Welcomed> {
  const welcomed = await letIn(tx, { id: newId(), ticketId, eventId, revision, ...door });
  if (!welcomed) throw refusalAtDoor(await ticketAtDoor(tx, ticketId), { ticketId, revision });
  const { organisationId, seatId, category, gate, usedAt } = welcomed;
  await outbox(tx, TicketCheckedIn, { organisationId, eventId, ticketId, seatId, category, gate, at: usedAt });
  return welcomed;
}
