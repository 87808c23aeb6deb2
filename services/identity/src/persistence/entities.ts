import type { Role } from '@boxoffice/contracts';
import { defineEntity, p } from '@mikro-orm/core';

/** Somebody with a session: an account or a guest. E-mail address and name are ciphertext; see accounts.ts. */
export const AccountRow = defineEntity({
  name: 'Account',
  tableName: 'accounts',
  properties: {
    id: p.uuid().primary(),
    kind: p.string().$type<'account' | 'guest'>(),
    emailEncrypted: p.blob(),
    nameEncrypted: p.blob().nullable(),
    encryptionKeyId: p.string(),
    emailIndex: p.blob(),
    passwordHash: p.string().nullable(),
  },
});

/** A tenant that owns events. */
export const OrganisationRow = defineEntity({
  name: 'Organisation',
  tableName: 'organisations',
  properties: { id: p.uuid().primary(), name: p.string() },
});

/** What an account may do in an organisation. */
export const MembershipRow = defineEntity({
  name: 'Membership',
  tableName: 'memberships',
  properties: {
    organisationId: p.uuid().primary(),
    userId: p.uuid().primary(),
    role: p.string().$type<Role>(),
    createdAt: p.datetime().defaultRaw('statement_timestamp()'),
  },
});

/** What the ORM knows. Sessions, login attempts and signing keys are contended, or locked, and have their SQL in full view instead. */
export const entities = [AccountRow, OrganisationRow, MembershipRow];
