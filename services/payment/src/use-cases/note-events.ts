import type { EventChanged } from '@boxoffice/contracts';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { endWaitingFor } from '../persistence/await-money.sql.ts';
import { keepEventFacts } from '../persistence/event-facts.sql.ts';

/** Remembers what is known of events, where it is news; payments that wait for money by hand wait no longer than there is something to pay for. */
export async function noteEvents(tx: Tx, changed: readonly { fact: z.output<typeof EventChanged.payload> }[]): Promise<void> {
  const news = await keepEventFacts(
    tx,
    changed.map(({ fact }) => fact),
  );
  if (news.length > 0) await endWaitingFor(tx, news);
}
