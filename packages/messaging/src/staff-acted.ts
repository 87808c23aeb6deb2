import { StaffActed } from '@boxoffice/contracts';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { outbox } from './outbox.ts';

/** What staff did; see the message StaffActed. */
export type StaffAct = Omit<z.input<typeof StaffActed.payload>, 'at'>;

/** Says in the transaction of a staff action that it happened: it is in the audit log if, and only if, it was done. Throws on a reason or detail of more than one bounded line. */
export async function staffActed(tx: Tx, act: StaffAct, options: { traceparent?: string | undefined } = {}): Promise<void> {
  await outbox(tx, StaffActed, { ...act, at: new Date() }, options);
}
