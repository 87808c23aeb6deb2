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
export function sessionKeeper({ session, refresh, isOver, onSession }: SessionKeeperOptions): SessionKeeper {
  let current = session;
  let renewing: Promise<void> | undefined;

  async function renewOnce(): Promise<void> {
    const renewed = current;
    if (!renewed?.refreshToken) throw new Error('There is no refresh token: log in, or go on as a guest, and pass the answer to setSession.');
    try {
      const next = await refresh(renewed.refreshToken);
      if (current === renewed) onSession((current = next));
    } catch (error) {
      if (isOver(error) && current === renewed) onSession((current = undefined));
      throw error;
    }
  }
  function renew(): Promise<void> {
    renewing ??= renewOnce().finally(() => {
      renewing = undefined;
    });
    return renewing;
  }
  return {
    get: () => current,
    set: (next) => {
      current = next;
    },
    async token() {
      const expiresAt = current?.refreshToken ? expiryOf(current.accessToken) : undefined;
      if (expiresAt !== undefined && expiresAt - marginMs <= Date.now()) await renew().catch(() => undefined); // the old token may do; if not, the answer says so
      return current?.accessToken;
    },
    async renewInsteadOf(refused) {
      if (current && current.accessToken !== refused) return true;
      if (!current?.refreshToken) return false;
      return renew().then(
        () => true,
        () => false,
      );
    },
    renew,
  };
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
