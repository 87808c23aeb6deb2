import type { Movement } from '../../domain/statement-comparison.ts';
import type { Stripe } from './client.ts';
import { moneyOfStripe } from './currencies.ts';
import { failureOf } from './faults.ts';

const pageSize = 100;
const secondsOf = (at: Date) => Math.floor(at.getTime() / 1_000);
const timeOf = (seconds: number) => new Date(seconds * 1_000);

/**
 * What this account took and gave back for us, as Stripe lists it; what other programs do there has no charge of ours. A capture is booked under the
 * time its charge was made.
 */
export async function movementsBetween(stripe: Stripe, { from, to }: { from: Date; to: Date }): Promise<Movement[]> {
  const span = { created: { gte: secondsOf(from), lt: secondsOf(to) }, limit: pageSize };
  const movements: Movement[] = [];
  try {
    for await (const { metadata, status, amount_received, currency, created } of stripe.paymentIntents.list(span))
      if (metadata.charge && status === 'succeeded')
        movements.push({
          kind: 'capture',
          charge: metadata.charge,
          key: metadata.charge,
          ...moneyOfStripe(amount_received, currency),
          at: timeOf(created),
        });
    for await (const { metadata, status, amount, currency, created } of stripe.refunds.list(span))
      if (metadata?.charge && metadata.key && status === 'succeeded')
        movements.push({ kind: 'refund', charge: metadata.charge, key: metadata.key, ...moneyOfStripe(amount, currency), at: timeOf(created) });
  } catch (error) {
    throw failureOf(error).fault;
  }
  return movements.sort((a, b) => a.at.getTime() - b.at.getTime());
}
