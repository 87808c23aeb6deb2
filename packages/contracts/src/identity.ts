import { z } from 'zod';
import { type Account, Membership, Role, type Service, type User } from './caller.ts';
import { proceduresOver, rest, type UseCase } from './procedures.ts';
import { EmailAddress, Id, Instant, Text } from './values.ts';

/** 10–200 characters; every character counts (bcrypt's 72-byte cut is avoided by hashing first). */
export const Password = z.string().min(10, 'Use at least 10 characters.').max(200);
/** Opaque: family id and secret. One use each; using one twice ends the session. */
export const RefreshToken = z.string().min(20).max(200);

export const Register = z.object({ email: EmailAddress, password: Password, name: Text(100) });
export const Login = z.object({ email: EmailAddress, password: z.string().min(1).max(200) });
export const ContinueAsGuest = z.object({ email: EmailAddress });
export const Refresh = z.object({ refreshToken: RefreshToken });
export const Session = z.object({
  userId: Id,
  guest: z.boolean(),
  memberships: z.array(Membership),
  /** JWT (EdDSA); send it as `Authorization: Bearer …`. */
  accessToken: z.string(),
  accessTokenExpiresAt: Instant,
  refreshToken: RefreshToken,
});
export const Done = z.object({ done: z.literal(true) });
export const Me = z.object({ userId: Id, guest: z.boolean(), email: z.string(), name: z.string().nullable(), memberships: z.array(Membership) });
export const CreateOrganisation = z.object({ name: Text(100) });
export const Organisation = z.object({ organisationId: Id, name: z.string(), role: Role });
export const AddMember = z.object({ organisationId: Id, email: EmailAddress, role: Role });
export const Member = z.object({ organisationId: Id, userId: Id, role: Role });
/** RFC 7517 key set of public Ed25519 keys. */
export const Jwks = z.object({ keys: z.array(z.record(z.string(), z.unknown())) });
export const ContactOf = z.object({ userId: Id });
export const Contact = z.object({ userId: Id, email: z.string(), name: z.string().nullable() });
/** A hundred ids are 5 kB of address. */
export const ContactsOf = z.object({ userIds: z.array(Id).min(1).max(100) });
export const Contacts = z.object({ contacts: z.array(Contact) });
export const OrganisationRef = z.object({ organisationId: Id });
/** What documents and mails call an organisation. */
export const OrganisationName = z.object({ organisationId: Id, name: z.string() });
const Nothing = z.object({});

/** What the identity service promises. */
export interface IdentityService {
  /** Creates an account and its first session. */
  register: UseCase<typeof Register, typeof Session>;
  /** Starts a session; takes the same time for an unknown address as for a wrong password. */
  login: UseCase<typeof Login, typeof Session>;
  /** A session for an e-mail address without a password: enough to buy, not to manage. Each call is a new guest; nothing of an earlier guest or account is reachable. */
  continueAsGuest: UseCase<typeof ContinueAsGuest, typeof Session>;
  /** A new pair of tokens with current memberships. A refresh token used a second time ends its whole session. */
  refresh: UseCase<typeof Refresh, typeof Session>;
  /** Ends the session of this refresh token; a second call changes nothing. */
  logout: UseCase<typeof Refresh, typeof Done>;
  me: UseCase<typeof Nothing, typeof Me, User>;
  /** The caller becomes its owner; the next refreshed token says so. */
  createOrganisation: UseCase<typeof CreateOrganisation, typeof Organisation, Account>;
  /** Gives an existing account a role; owners only. Giving it again changes the role. */
  addMember: UseCase<typeof AddMember, typeof Member, Account>;
  /** Public keys of access tokens, newest first. */
  jwks: UseCase<typeof Nothing, typeof Jwks>;
  /** Where to write to a user; for the notification service alone. */
  contactOf: UseCase<typeof ContactOf, typeof Contact, Service>;
  /** Where to write to some users, for the notification service alone; without those who have no account. */
  contactsOf: UseCase<typeof ContactsOf, typeof Contacts, Service>;
  /** What an organisation is called; for payment and notification-analytics alone. */
  organisationOf: UseCase<typeof OrganisationRef, typeof OrganisationName, Service>;
}

const { router, refuses, anyone, user, account, service } = proceduresOver<{ identity: IdentityService }>();

// biome-ignore format: a router is a table of contents, three lines a procedure
export const identityRouter = router({
  register: anyone.meta(rest('POST /accounts', 'Register an account')).concat(refuses('EMAIL_ALREADY_REGISTERED', 'OVERLOADED'))
    .input(Register).output(Session).mutation(({ ctx, input }) => ctx.identity.register(input, ctx.caller)),
  login: anyone.meta(rest('POST /sessions', 'Log in')).concat(refuses('INVALID_CREDENTIALS', 'RATE_LIMITED', 'OVERLOADED'))
    .input(Login).output(Session).mutation(({ ctx, input }) => ctx.identity.login(input, ctx.caller)),
  continueAsGuest: anyone.meta(rest('POST /guest-sessions', 'Go on as a guest'))
    .input(ContinueAsGuest).output(Session).mutation(({ ctx, input }) => ctx.identity.continueAsGuest(input, ctx.caller)),
  refresh: anyone.meta(rest('POST /sessions/refresh', 'Renew the access token')).concat(refuses('SESSION_EXPIRED'))
    .input(Refresh).output(Session).mutation(({ ctx, input }) => ctx.identity.refresh(input, ctx.caller)),
  logout: anyone.meta(rest('POST /sessions/end', 'Log out'))
    .input(Refresh).output(Done).mutation(({ ctx, input }) => ctx.identity.logout(input, ctx.caller)),
  me: user.meta(rest('GET /me', 'Who am I'))
    .input(Nothing).output(Me).query(({ ctx, input }) => ctx.identity.me(input, ctx.caller)),
  createOrganisation: account.meta(rest('POST /organisations', 'Create an organisation')).concat(refuses('ORGANISATION_CREATION_CLOSED', 'IDEMPOTENCY_KEY_REUSED'))
    .input(CreateOrganisation).output(Organisation).mutation(({ ctx, input }) => ctx.identity.createOrganisation(input, ctx.caller)),
  addMember: account.meta(rest('POST /organisations/{organisationId}/members', 'Give an account a role')).concat(refuses('ORGANISATION_NOT_FOUND', 'ROLE_REQUIRED', 'ACCOUNT_NOT_FOUND'))
    .input(AddMember).output(Member).mutation(({ ctx, input }) => ctx.identity.addMember(input, ctx.caller)),
  jwks: anyone.meta(rest('GET /jwks', 'Public keys of access tokens'))
    .input(Nothing).output(Jwks).query(({ ctx, input }) => ctx.identity.jwks(input, ctx.caller)),
  contactOf: service
    .input(ContactOf).output(Contact).query(({ ctx, input }) => ctx.identity.contactOf(input, ctx.caller)),
  contactsOf: service
    .input(ContactsOf).output(Contacts).query(({ ctx, input }) => ctx.identity.contactsOf(input, ctx.caller)),
  organisationOf: service.concat(refuses('ORGANISATION_NOT_FOUND'))
    .input(OrganisationRef).output(OrganisationName).query(({ ctx, input }) => ctx.identity.organisationOf(input, ctx.caller)),
});
