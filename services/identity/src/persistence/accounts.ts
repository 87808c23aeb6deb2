import { query, type Tx } from '@boxoffice/postgres';
import type { Place } from '@boxoffice/service-kit';
import type { PersonalData } from '../crypto/personal-data.ts';
import { AccountRow } from './entities.ts';

/** The unique index that keeps one account per address. */
export const emailIsUnique = 'accounts_email_unique';

const placeOf = (row: string, column: 'email' | 'name'): Place => ({ table: 'accounts', column, row });

export type NewUser = { userId: string; email: string; name: string | null; passwordHash: string | null };

/** Writes an account, or a guest when there is no password. An address that has an account violates `emailIsUnique`. */
export async function insertUser(tx: Tx, personalData: PersonalData, { userId, email, name, passwordHash }: NewUser): Promise<void> {
  const sealedEmail = personalData.seal(placeOf(userId, 'email'), email);
  await tx.insert(AccountRow, {
    id: userId,
    kind: passwordHash === null ? 'guest' : 'account',
    emailEncrypted: sealedEmail.sealed,
    nameEncrypted: name === null ? null : personalData.seal(placeOf(userId, 'name'), name).sealed,
    encryptionKeyId: sealedEmail.keyId,
    emailIndex: personalData.emailIndex(email),
    passwordHash,
  });
}

/** The account of an address; guests are not found. */
export async function accountByEmail(em: Tx, emailIndex: Buffer): Promise<{ userId: string; passwordHash: string } | undefined> {
  const row = await em.findOne(AccountRow, { emailIndex, kind: 'account' });
  return row?.passwordHash ? { userId: row.id, passwordHash: row.passwordHash } : undefined;
}

export type Contact = { userId: string; email: string; name: string | null };

/** Who a user is, in plain text; undefined when there is no such user. */
export async function contactOfUser(em: Tx, personalData: PersonalData, userId: string): Promise<Contact | undefined> {
  const [contact] = await contactsOfUsers(em, personalData, [userId]);
  return contact;
}

/** Who these users are, in plain text and in no order; without those who do not exist. */
export async function contactsOfUsers(em: Tx, personalData: PersonalData, userIds: readonly string[]): Promise<Contact[]> {
  const rows = await em.find(AccountRow, { id: { $in: [...userIds] } });
  return rows.map(({ id: userId, encryptionKeyId: keyId, emailEncrypted, nameEncrypted }) => {
    const open = (column: 'email' | 'name', bytes: Uint8Array) => personalData.open(placeOf(userId, column), { sealed: Buffer.from(bytes), keyId });
    return { userId, email: open('email', emailEncrypted), name: nameEncrypted ? open('name', nameEncrypted) : null };
  });
}

/** Remembers the first account that ever came; later ones change nothing. */
export async function rememberFirstAccount(tx: Tx, userId: string): Promise<void> {
  // Asked once for all by a primary key: created_at is not the order of commits. Concurrent first registrations wait here for each other.
  await query(tx, 'INSERT INTO installation (first_account_id) VALUES ($1) ON CONFLICT DO NOTHING', [userId]);
}

/** Is this the first account of the installation? */
export async function isFirstAccount(tx: Tx, userId: string): Promise<boolean> {
  return (await query(tx, 'SELECT 1 FROM installation WHERE first_account_id = $1', [userId])).length === 1;
}

/** Takes the row, so that two changes of one account's memberships follow each other. */
export async function lockAccount(tx: Tx, userId: string): Promise<void> {
  await query(tx, 'SELECT 1 FROM accounts WHERE id = $1 FOR NO KEY UPDATE', [userId]);
}
