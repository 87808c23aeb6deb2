import { Id, minorDigitsOf, plainRoutes } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { type Route, type RouteCall, type RouteRequest, readBody } from '@boxoffice/service-kit';
import { TRPCError } from '@trpc/server';
import { tellingOf } from './test-provider-events.ts';

type Challenge = { status: string; amountMinor: number; currency: string; returnUrl: string | null };

/** The bank's question to its customer: a page with two buttons, and their answer. Unknown charges, and those nobody is asked about, are 404. */
export function challengeRoutes(books: Database, tells: boolean): Route[] {
  const sql = answeringSql(tells);
  return [
    {
      spec: plainRoutes.testProviderChallenge,
      handle: async ({ req, res }) => show(res, await challengeOf(books, referenceIn(req))),
    },
    {
      spec: plainRoutes.answerTestProviderChallenge,
      /** Refuses BAD_REQUEST for a word that is neither; an answered question stays as it was answered. */
      async handle({ req, res }) {
        const reference = referenceIn(req);
        const answer = await answerIn(req);
        await books.query(sql, [reference, answer === 'approve' ? 'authorised' : 'declined', answer === 'approve' ? null : 'card-declined']);
        const challenge = await challengeOf(books, reference);
        if (challenge.returnUrl === null) return show(res, challenge);
        res.writeHead(303, { ...headersFor(challenge), location: challenge.returnUrl }).end();
      },
    },
  ];
}

const answeringSql = (tells: boolean): string => `
WITH answered AS (
  UPDATE test_provider_charges SET status = $2, decline_reason = $3
  WHERE reference = $1 AND challenged AND status = 'pending' RETURNING *)
${tells ? `, told AS (${tellingOf('answered', `'charge.' || status`)})` : ''}
SELECT 1 FROM answered`;

async function challengeOf(db: Database, reference: string): Promise<Challenge> {
  const [challenge] = await db.query<Challenge>(
    `SELECT status, amount_minor AS "amountMinor", currency, return_url AS "returnUrl" FROM test_provider_charges WHERE reference = $1 AND challenged`,
    [reference],
  );
  if (!challenge) throw notFound();
  return challenge;
}

function referenceIn({ params }: RouteRequest): string {
  const read = Id.safeParse(params.charge);
  if (!read.success) throw notFound();
  return read.data;
}

const notFound = () => new TRPCError({ code: 'NOT_FOUND', message: 'No question of the test provider is here.' });

async function answerIn(req: RouteRequest): Promise<'approve' | 'decline'> {
  const form = new URLSearchParams((await readBody(req, plainRoutes.answerTestProviderChallenge.maxBodyBytes)).toString('utf8'));
  const answer = form.get('answer');
  if (answer === 'approve' || answer === 'decline') return answer;
  throw new TRPCError({ code: 'BAD_REQUEST', message: 'Answer with answer=approve or answer=decline.' });
}

/** The form may lead to the shop's page, and the page needs nothing else: no script, no frame, no address of where it came from. */
const headersFor = ({ returnUrl }: Challenge) => ({
  'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; form-action 'self'${returnUrl === null ? '' : ` ${new URL(returnUrl).origin}`}; frame-ancestors 'none'; base-uri 'none'`,
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
});

const show = (res: RouteCall['res'], challenge: Challenge): void =>
  void res.writeHead(200, { ...headersFor(challenge), 'content-type': 'text/html; charset=utf-8' }).end(pageOf(challenge));

const buttons = `<form method="post"><button name="answer" value="approve">Approve</button> <button name="answer" value="decline">Decline</button></form>`;

function amountIn(currency: string, amountMinor: number): string {
  const digits = minorDigitsOf(currency);
  return (amountMinor / 10 ** digits).toFixed(digits);
}

/** Nothing in it was written by a customer. */
const pageOf = ({ status, amountMinor, currency }: Challenge): string => `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Test bank</title>
<style>body{font:1.1rem system-ui;max-width:30rem;margin:4rem auto;padding:0 1rem}button{font:inherit;padding:.5rem 1rem}</style>
<h1>Test bank</h1><p>${status === 'pending' ? `Pay ${amountIn(currency, amountMinor)} ${currency}?` : `This payment is ${status}.`}</p>
${status === 'pending' ? buttons : ''}</html>`;
