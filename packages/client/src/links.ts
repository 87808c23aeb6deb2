import type { AppRouter } from '@boxoffice/contracts';
import { type HTTPLinkOptions, httpBatchLink, httpLink, type Operation, retryLink, splitLink, type TRPCLink } from '@trpc/client';
import { isUnauthorised, waitBeforeRetry } from './errors.ts';
import type { SessionKeeper } from './session.ts';

export type LinkOptions = { url: string; fetch: typeof fetch; retries: number; session: SessionKeeper };

/** What a call carries from link to link; one per call, whatever its number of attempts. */
type Carried = { idempotencyKey: string; sentToken?: string | undefined; renewed: boolean };
const carriedBy = (op: Operation): Carried => op.context.carried as Carried; // put there by the first link

/** How calls travel: key → retries → a renewed token after a 401 → the wire; queries of one moment together (at most 20), mutations alone. */
export const linksTo = (options: LinkOptions): TRPCLink<AppRouter>[] => [
  withKey,
  retrying(options.retries),
  withRenewedToken(options.session),
  wire(options),
];

/** One idempotency key per call, before any retry, so that every attempt of a mutation is the same request to the server. */
const withKey: TRPCLink<AppRouter> =
  () =>
  ({ op, next }) => {
    const given = op.context.idempotencyKey;
    const carried: Carried = { idempotencyKey: typeof given === 'string' ? given : crypto.randomUUID(), renewed: false };
    return next({ ...op, context: { ...op.context, carried } });
  };

/** Sends again what got no answer, or was told to come back: network errors, 503, 429. Mutations too: their key makes them one. */
const retrying =
  (retries: number): TRPCLink<AppRouter> =>
  (runtime) =>
  (call) => {
    let waitMs = 0; // retryLink asks for the wait without telling the error; one retryLink per call keeps it here
    const link = retryLink<AppRouter>({
      retry({ error, attempts }) {
        const wait = attempts <= retries ? waitBeforeRetry(error, attempts) : undefined;
        waitMs = wait ?? 0;
        return wait !== undefined;
      },
      retryDelayMs: () => waitMs,
    });
    return link(runtime)(call);
  };

/** One more attempt after a 401, if there was a token and a better one can be had; `headers` waits for it. */
const withRenewedToken = (session: SessionKeeper): TRPCLink<AppRouter> =>
  retryLink({
    retry({ op, error }) {
      const carried = carriedBy(op);
      if (carried.renewed || carried.sentToken === undefined || !isUnauthorised(error)) return false;
      if (session.get()?.accessToken === carried.sentToken && !session.get()?.refreshToken) return false;
      carried.renewed = true;
      return true;
    },
  });

/** These start, renew or end a session: an old token could only harm. */
const withoutToken: ReadonlySet<string> = new Set([
  'identity.register',
  'identity.login',
  'identity.continueAsGuest',
  'identity.refresh',
  'identity.logout',
]);

async function tokenFor(session: SessionKeeper, ops: readonly Operation[]): Promise<Record<string, string>> {
  if (ops.every((op) => withoutToken.has(op.path))) return {};
  for (const op of ops) {
    const { renewed, sentToken } = carriedBy(op);
    if (renewed) await session.renewInsteadOf(sentToken);
  }
  const token = await session.token();
  for (const op of ops) carriedBy(op).sentToken = token;
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

const wire = ({ url, fetch: native, session }: LinkOptions): TRPCLink<AppRouter> => {
  const fetch: NonNullable<HTTPLinkOptions<AppRouter['_def']['_config']['$types']>['fetch']> = (input, init) => native(input, init as RequestInit); // tRPC's own, narrower type of the same
  return splitLink({
    condition: (op) => op.type === 'query',
    true: httpBatchLink({ url, fetch, maxItems: 20, maxURLLength: 4000, headers: ({ opList }) => tokenFor(session, opList) }),
    false: httpLink({
      url,
      fetch,
      headers: async ({ op }) => ({ ...(await tokenFor(session, [op])), 'idempotency-key': carriedBy(op).idempotencyKey }),
    }),
  });
};
