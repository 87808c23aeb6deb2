import { z } from 'zod';
import { Id } from './values.ts';

/** What a member may do in an organisation: owner ⊃ manager ⊃ box-office and door. */
export const Role = z.enum(['owner', 'manager', 'box-office', 'door']);
export type Role = z.output<typeof Role>;

export const Membership = z.object({ organisationId: Id, role: Role });
export type Membership = z.output<typeof Membership>;

/** Someone with a session: an account, or a guest known only by an e-mail address. May be customer and staff at once. */
export type User = { kind: 'user'; userId: string; guest: boolean; memberships: Membership[] };
/** A user with a password. */
export type Account = User & { guest: false };

export const serviceNames = ['gateway', 'booking', 'identity', 'payment', 'ticketing', 'notification-analytics', 'auditor'] as const;
export type ServiceName = (typeof serviceNames)[number];
/** Another process of ours, proven by its own short-lived token; `onBehalfOf` is the user behind the call, where there is one. */
export type Service = { kind: 'service'; name: ServiceName; onBehalfOf?: string | undefined };

export type Anyone = { kind: 'anyone' };
export type Actor = Anyone | User | Service;

/** One call: the actor, and what travels beside the input. */
export interface Caller<A extends Actor = Actor> {
  actor: A;
  /** The Authorization header as received; passed on unchanged when this call leads to another service. */
  token?: string | undefined;
  /** 1–128 printable characters; the same key means the same request. */
  idempotencyKey?: string | undefined;
  /** Follows the call through every process and log line. */
  requestId: string;
  /** W3C trace context. */
  traceparent?: string | undefined;
}

const above: Record<Role, readonly Role[]> = {
  owner: ['owner'],
  manager: ['owner', 'manager'],
  'box-office': ['owner', 'manager', 'box-office'],
  door: ['owner', 'manager', 'door'],
};

/** The roles that include `role`: a manager may do what door staff may. */
export const rolesThatInclude = (role: Role): readonly Role[] => above[role];

/** The organisations in which this user may act as `role`. */
export const organisationsWhere = (user: User, role: Role): string[] =>
  user.memberships.filter((membership) => above[role].includes(membership.role)).map((membership) => membership.organisationId);
