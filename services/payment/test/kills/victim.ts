/**
 * A payment process that kills itself (-9): the service as it ships, with its calls and its commits counted from outside. Started by `victims.ts`, which
 * tells it what to do when it is ready; it lives for one piece of work.
 */
import { flushCompileCache } from 'node:module';
import { type PaymentService, type RefundOrder, type TicketingService, ticketingRouter } from '@boxoffice/contracts';
import { SeatAllocationService } from '@boxoffice/contracts/grpc';
import { inProcessHub } from '@boxoffice/messaging';
import { createLogger, createMetrics, grpcClient, loadServiceIdentity, remote } from '@boxoffice/service-kit';
import { asMember, asUser } from '@boxoffice/testing/callers';
import { watchCommits } from '@boxoffice/testing/commits';
import type { z } from 'zod';
import { compose } from '../../src/compose.ts';
import type { Bank, BankName } from '../banks.ts';
import { organisations } from '../organisations-peer.ts';
import type { Moment } from './cells.ts';
import { openProvider } from './providers.ts';

/** Where its world is. */
export interface Place {
  databaseUrl: string;
  grpcPort: number;
  ticketingUrl: string;
  keys: string;
  bank: BankName;
  stripeUrl: string | undefined;
}
/** A customer who buys, staff that refunds, or a run of a job. */
export type Work =
  | { userId: string; reservationId: string; paying: ReturnType<Bank['paying']> }
  | { asked: z.output<typeof RefundOrder>; organisationId: string }
  | { job: 'reconcile-payments' | 'settle-refunds' };
/** Where it dies; without it, it does not. */
export type Kill = { at: number; moment: Moment } | undefined;
/** What it says: it may be told what to do; the payment is there and waits for 'go'; it has lived to the end, past so many points. */
export type Word = 'ready' | 'created' | { points: string[] };

const place: Place = JSON.parse(process.argv[2] ?? '{}');
const points: string[] = [];
let kill: Kill;
let counting = false;

/** A point is one call or one commit; answers what is to be done when it is past. */
function passing(name: string): () => void {
  if (!counting) return () => {};
  const at = points.push(name) - 1;
  const die = (moment: Moment) => void (kill?.at === at && kill.moment === moment && process.kill(process.pid, 'SIGKILL'));
  die('before');
  return () => die('after');
}

/** Every call of the port that is asked, or those of these names. */
const around = <P extends object>(port: P, names?: readonly string[]): P =>
  new Proxy(port, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function' || name === 'refuseUnknownMethod') return member;
      if (names && !names.includes(String(name))) return member.bind(target);
      return async (...given: unknown[]) => {
        const after = passing(String(name));
        try {
          return await member.apply(target, given);
        } finally {
          after(); // a "no" was an answer as well
        }
      };
    },
  });

const say = (word: Word) => process.send?.(word);
const heard = <T>() => new Promise<T>((resolve) => process.once('message', (message) => resolve(message as T)));

watchCommits('payment', () => passing('commit'));
const { self } = await loadServiceIdentity({ name: 'payment', keyFile: `${place.keys}/payment.key.json`, trustFile: `${place.keys}/trust.json` });
const seatAllocation = grpcClient(SeatAllocationService, {
  address: `127.0.0.1:${place.grpcPort}`,
  as: self,
  audience: 'booking',
  deadlineMs: 3_000,
});
const ticketing = remote<TicketingService>('ticketing', ticketingRouter, place.ticketingUrl, { as: self });
const part = await compose(
  { DATABASE_URL: place.databaseUrl, CONFIRM_ANSWER_MS: 10_000 },
  {
    logger: createLogger({ service: 'payment', level: 'warn' }),
    metrics: createMetrics('payment'),
    transport: inProcessHub().transport(),
    seatAllocation: around(seatAllocation),
    ticketing: around(ticketing),
    identity: organisations,
    provider: await openProvider(place.bank, { ...place, around }),
  },
);
await part.ready();
process.once('disconnect', () => process.exit(0)); // its parent is gone

async function pay(payment: PaymentService, { userId, reservationId, paying }: Extract<Work, { userId: string }>): Promise<void> {
  const me = asUser({ userId });
  const { paymentId } = await payment.createPayment({ reservationId }, me);
  const go = heard();
  say('created');
  await go;
  await payment.confirmPayment({ paymentId, ...paying }, me).catch(() => undefined); // a "no" is an end as well
}

async function done(work: Work): Promise<void> {
  const { payment } = part.api;
  if ('userId' in work) return pay(payment, work);
  if ('job' in work) return void (await part.jobs.find(({ name }) => name === work.job)?.run());
  await payment.refundOrder(work.asked, asMember({ organisationId: work.organisationId, role: 'manager' }));
}

flushCompileCache(); // who is killed leaves nothing for the next
const told = heard<Work & { kill: Kill }>();
say('ready');
const work = await told;
kill = work.kill;
counting = true;
await done(work);
counting = false;
say({ points });
