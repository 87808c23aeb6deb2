import type { Envelope, PaymentConfirmed } from '@boxoffice/contracts';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { keepSale } from '../persistence/sales.sql.ts';

/** Counts the seats of a confirmed payment as sold, at the moment the payment service wrote the message. */
export const countSale = (tx: Tx, sale: z.output<typeof PaymentConfirmed.payload>, envelope: Envelope): Promise<void> =>
  keepSale(tx, sale, envelope.occurredAt);
