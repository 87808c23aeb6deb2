import type { PaymentConfirmed } from '@boxoffice/contracts';
import type { Heard } from '@boxoffice/messaging';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { keepOrders } from '../persistence/orders.sql.ts';
import { keepSales } from '../persistence/sales.sql.ts';

/** Counts the seats of confirmed payments as sold, at the moment the payment service wrote the message, and remembers whose they are. */
export async function countSales(tx: Tx, sales: readonly Heard<z.output<typeof PaymentConfirmed.payload>>[]): Promise<void> {
  await keepSales(tx, sales);
  await keepOrders(
    tx,
    sales.map(({ fact }) => fact),
  );
}
