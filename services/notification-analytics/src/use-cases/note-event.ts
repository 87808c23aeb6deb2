import type { EventChanged } from '@boxoffice/contracts';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { keepEventFacts } from '../persistence/event-facts.sql.ts';

/** Remembers what reports and mails say about events; an older revision changes nothing. */
export const noteEvents = (tx: Tx, changed: readonly { fact: z.output<typeof EventChanged.payload> }[]): Promise<void> =>
  keepEventFacts(
    tx,
    changed.map(({ fact }) => fact),
  );
