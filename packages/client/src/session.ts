/** What a client needs of a session; every answer of `identity` that starts one has it. */
export type SessionTokens = {
  /** JWT, sent as `Authorization: Bearer …`. */
  accessToken: string;
  /** Works once: whoever keeps sessions takes the new one from `onSession`. Without it the client cannot renew. */
  refreshToken?: string | undefined;
};

/** Keeps one session alive. */
export interface SessionKeeper {
  get(): SessionTokens | undefined;
  set(session: SessionTokens | undefined): void;
  /** The token to send now; renews it first when it is about to expire. */
  token(): Promise<string | undefined>;
  /** Renews if `refused` is still the current token. False when there is nothing better to try with. */
  renewInsteadOf(refused: string | undefined): Promise<boolean>;
  /** Renews now; throws what identity says. */
  renew(): Promise<void>;
}

export type SessionKeeperOptions = {
  session: SessionTokens | undefined;
  /** Asks identity for the next pair of tokens. */
  refresh: (refreshToken: string) => Promise<SessionTokens>;
  /** Did identity say that the session is over? */
  isOver: (error: unknown) => boolean;
  /** Called with every renewed session, and with undefined when one has ended. */
  onSession: (session: SessionTokens | undefined) => void;
};

/** Renewed this long before it expires, in milliseconds: longer than a call takes. */
const marginMs = 30_000;

/** A session with one renewal at a time: a refresh token used twice would end it. */
export function sessionKeeper(options: SessionKeeperOptions): SessionKeeper {
  const kept: Kept = { session: options.session };
  let renewing: Promise<void> | undefined;
  const renew = (): Promise<void> => {
    renewing ??= renewOnce(kept, options).finally(() => {
      renewing = undefined;
    });
    return renewing;
  };
  return {
    get: () => kept.session,
    set(session) {
      kept.session = session;
    },
    async token() {
      if (expiresSoon(kept.session)) await renew().catch(() => undefined); // the old token may still do; if not, the answer says so
      return kept.session?.accessToken;
    },
    async renewInsteadOf(refused) {
      if (kept.session && kept.session.accessToken !== refused) return true;
      if (!kept.session?.refreshToken) return false;
      return renew().then(
        () => true,
        () => false,
      );
    },
    renew,
  };
}

type Kept = { session: SessionTokens | undefined };

async function renewOnce(kept: Kept, { refresh, isOver, onSession }: SessionKeeperOptions): Promise<void> {
  const old = kept.session;
  if (!old?.refreshToken) throw new Error('There is no refresh token: log in, or go on as a guest, and pass the answer to setSession.');
  const replace = (next: SessionTokens | undefined): void => {
    if (kept.session !== old) return; // one that was set meanwhile is newer
    kept.session = next;
    onSession(next);
  };
  try {
    replace(await refresh(old.refreshToken));
  } catch (error) {
    if (isOver(error)) replace(undefined);
    throw error;
  }
}

function expiresSoon(session: SessionTokens | undefined): boolean {
  const expiresAt = session?.refreshToken ? expiryOf(session.accessToken) : undefined;
  return expiresAt !== undefined && expiresAt - marginMs <= Date.now();
}

/** When a JWT expires, by its own word, in milliseconds; undefined when it does not say. */
function expiryOf(token: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')));
    return typeof claims === 'object' && claims !== null && 'exp' in claims && typeof claims.exp === 'number' ? claims.exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
