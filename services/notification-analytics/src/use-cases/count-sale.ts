import type { PaymentConfirmed } from '@boxoffice/contracts';
import type { Heard } from '@boxoffice/messaging';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { keepSales } from '../persistence/sales.sql.ts';

/** Counts the seats of confirmed payments as sold, at the moment the payment service wrote the message. */
export const countSales = (tx: Tx, sales: readonly Heard<z.output<typeof PaymentConfirmed.payload>>[]): Promise<void> => keepSales(tx, sales);
