import { randomUUID } from 'node:crypto';
import type { Anyone, Caller, Membership, Service, ServiceName, User } from '@boxoffice/contracts';

interface CallOptions {
  /** The key of a creating call; none unless given. */
  idempotencyKey?: string;
}

/** Someone who called without a token. */
export const anyone = (options: CallOptions = {}): Caller<Anyone> => call({ kind: 'anyone' }, options);

/** Someone with a session: a registered customer of no organisation, unless told otherwise; a new one each time, unless `userId` is given. */
export const asUser = ({
  userId = randomUUID(),
  guest = false,
  memberships = [],
  ...options
}: Partial<Omit<User, 'kind'>> & CallOptions = {}): Caller<User> => call({ kind: 'user', userId, guest, memberships }, options);

/** Someone who works for an organisation. */
export const asMember = (membership: Membership, options: Partial<Omit<User, 'kind'>> & CallOptions = {}): Caller<User> =>
  asUser({ ...options, memberships: [membership, ...(options.memberships ?? [])] });

/** Another process of ours. */
export const asServiceCaller = (name: ServiceName, onBehalfOf?: string): Caller<Service> => call({ kind: 'service', name, onBehalfOf }, {});

const call = <A extends Caller['actor']>(actor: A, { idempotencyKey }: CallOptions): Caller<A> => ({
  actor,
  idempotencyKey,
  requestId: randomUUID(),
});
