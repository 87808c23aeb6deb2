import { createHash, timingSafeEqual } from 'node:crypto';
import { Instant, type PlainRoute } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { type Route, type RouteCall, readBody } from '@boxoffice/service-kit';
import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import { type ControlsNow, setControls, TestProviderControls } from './test-provider-controls.ts';

const maxBodyBytes = 16 * 1024;
// Not among the contract's routes: the gateway does not know them, so they are reached at this process only.
const specOf = (method: 'GET' | 'POST', path: `/${string}`): PlainRoute => ({
  owner: 'payment',
  method,
  path,
  audience: 'anyone',
  stream: false,
  maxBodyBytes: method === 'POST' ? maxBodyBytes : 0,
});

export interface ControlApiDeps {
  books: Database;
  controls: () => Promise<ControlsNow>;
  /** Without one there is no control API. */
  token: string | undefined;
}

/** What is read of the provider and told to it from outside; without the token every one of these addresses is 404. */
export function controlApi({ books, controls, token }: ControlApiDeps): Route[] {
  const guarded = (spec: PlainRoute, answer: (call: RouteCall) => Promise<unknown>): Route => ({
    spec,
    handle: async (call) => {
      if (!isToken(call.req.headers[tokenHeader], token)) throw new TRPCError({ code: 'NOT_FOUND', message: 'There is nothing at this address.' });
      const body = JSON.stringify(await answer(call));
      call.res.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(body);
    },
  });
  const shown = async () => ({ ...(await controls()), events: await countEvents(books) });
  return [
    guarded(specOf('GET', '/test-provider/controls'), shown),
    guarded(specOf('POST', '/test-provider/controls'), async ({ req }) => {
      await setControls(books, read(TestProviderControls, jsonIn(await readBody(req, maxBodyBytes))));
      return shown();
    }),
    guarded(specOf('GET', '/test-provider/charges'), ({ req }) => listCharges(books, read(ChargesWanted, req.query))),
  ];
}

export const tokenHeader = 'test-provider-token';

/** Compared by hash: in the same time whatever was sent, of whatever length. */
function isToken(given: string | string[] | undefined, token: string | undefined): boolean {
  if (token === undefined || typeof given !== 'string') return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new TRPCError({ code: 'BAD_REQUEST', message: 'The body is not JSON.' });
  }
}

function read<S extends z.ZodType>(schema: S, given: unknown): z.output<S> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new TRPCError({ code: 'BAD_REQUEST', message: z.prettifyError(parsed.error), cause: parsed.error });
}

const ChargesWanted = z.strictObject({
  from: Instant.default('1970-01-01T00:00:00Z'),
  to: Instant.default('9999-12-31T00:00:00Z'),
  after: z.string().max(200).default(''),
  limit: z.coerce.number().int().min(1).max(1_000).default(1_000),
});

/** What the provider has done, for who wants to compare: charges made in [from, to), oldest key first; `next` continues the list as `after`. */
async function listCharges(db: Database, { from, to, after, limit }: z.output<typeof ChargesWanted>) {
  const rows = await db.query<{ charge: string }>(
    `SELECT key AS charge, reference, status, amount_minor AS "amountMinor", currency, refunded_minor AS "refundedMinor", created_at AS "createdAt",
       CASE WHEN status IN ('captured', 'refunded') THEN amount_minor ELSE 0 END AS "capturedMinor"
     FROM test_provider_charges WHERE created_at >= $1 AND created_at < $2 AND key > $3 ORDER BY key LIMIT $4`,
    [from, to, after, limit],
  );
  return { charges: rows, next: rows.length < limit ? null : (rows.at(-1)?.charge ?? null) };
}

/** How many events wait, were taken or given up, and what became of the forged ones. */
async function countEvents(db: Database) {
  const [counts] = await db.query(
    `SELECT count(*) FILTER (WHERE done_at IS NULL)::int AS waiting, count(*) FILTER (WHERE accepted > 0)::int AS delivered,
       count(*) FILTER (WHERE done_at IS NOT NULL AND accepted = 0)::int AS "givenUp",
       coalesce(sum(forged_sent), 0)::int AS "forgedSent", coalesce(sum(forged_accepted), 0)::int AS "forgedAccepted"
     FROM test_provider_events`,
  );
  return counts;
}
