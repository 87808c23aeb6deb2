import type { World } from '../world.ts';

/** Money in minor units, as three books tell it. All three must be the same. */
export type Sums = {
  /** The provider: what it captured and has not given back. */
  provider: number;
  /** Payment: what it has captured and not refunded. */
  payment: number;
  /** Booking: what the seats cost that are sold. */
  booking: number;
};

const sumOf = async (sql: World['sql'], service: 'payment' | 'booking', text: string): Promise<number> =>
  (await sql<{ minor: number }>(service, text))[0]?.minor ?? Number.NaN;

/** Reads the three books. */
export const sumsOf = async (sql: World['sql']): Promise<Sums> => ({
  provider: await sumOf(
    sql,
    'payment',
    `SELECT coalesce(sum(amount_minor - refunded_minor) FILTER (WHERE status IN ('captured', 'refunded')), 0)::float8 AS minor FROM test_provider_charges`,
  ),
  payment: await sumOf(
    sql,
    'payment',
    `SELECT (coalesce(sum(amount_minor) FILTER (WHERE captured), 0)
       - (SELECT coalesce(sum(amount_minor), 0) FROM refunds WHERE status = 'DONE'))::float8 AS minor FROM transactions`,
  ),
  booking: await sumOf(
    sql,
    'booking',
    `SELECT coalesce(sum(price_minor + fee_minor), 0)::float8 AS minor FROM seat_reservations WHERE status = 'CONFIRMED'`,
  ),
});

/** Whether the three say the same. */
export const agree = ({ provider, payment, booking }: Sums): boolean => provider === payment && payment === booking;

/** Payments somebody has paid for and nobody has decided. */
export const undecidedOf = (sql: World['sql']): Promise<number> =>
  sql<{ n: number }>('payment', `SELECT count(*)::int AS n FROM transactions WHERE status = 'PENDING' AND step <> 'CREATED'`).then(
    ([row]) => row?.n ?? Number.NaN,
  );

/** How many payments ended how; 'PENDING CREATED' has not been paid by its customer. */
export async function endsOf(sql: World['sql']): Promise<Record<string, number>> {
  const rows = await sql<{ state: string; n: number }>(
    'payment',
    `SELECT concat_ws(' ', status, nullif(step, 'SETTLED'), failure_reason) AS state, count(*)::int AS n FROM transactions GROUP BY 1 ORDER BY 2 DESC`,
  );
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}
