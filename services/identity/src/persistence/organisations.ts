import type { Membership, Role } from '@boxoffice/contracts';
import { query, type Tx } from '@boxoffice/postgres';
import { type MembersOf, maxMemberships } from '../domain/organisation.ts';
import { MembershipRow, OrganisationRow } from './entities.ts';

/** The memberships of a user, oldest first. */
export async function membershipsOf(em: Tx, userId: string): Promise<Membership[]> {
  const rows = await em.find(MembershipRow, { userId }, { orderBy: { createdAt: 'asc', organisationId: 'asc' }, limit: maxMemberships });
  return rows.map(({ organisationId, role }) => ({ organisationId, role }));
}

/** Writes an organisation and its first member. */
export async function insertOrganisation(tx: Tx, { id, name }: { id: string; name: string }, owner: string): Promise<void> {
  await tx.insert(OrganisationRow, { id, name });
  await saveRole(tx, { organisationId: id, userId: owner, role: 'owner' });
}

/** An organisation, whoever asks; undefined for none. */
export const organisationById = async (em: Tx, id: string): Promise<{ id: string; name: string } | undefined> =>
  (await em.findOne(OrganisationRow, { id })) ?? undefined;

/** Takes an organisation the caller is a member of, so that two changes of its members follow each other; false to strangers. */
export async function lockOrganisation(tx: Tx, organisationId: string, callerId: string): Promise<boolean> {
  const rows = await query(
    tx,
    `SELECT 1 FROM organisations o
     WHERE o.id = $1 AND EXISTS (SELECT 1 FROM memberships m WHERE m.organisation_id = o.id AND m.user_id = $2)
     FOR NO KEY UPDATE OF o`,
    [organisationId, callerId],
  );
  return rows.length === 1;
}

/** Who is what; to be read after `lockOrganisation`, by a statement of its own: the locking one may have seen roles from before its wait. */
export async function membersOf(tx: Tx, people: { organisationId: string; callerId: string; targetId: string | undefined }): Promise<MembersOf> {
  const [row] = await query<{ caller_role: Role | null; target_role: Role | null; owners: number }>(
    tx,
    `SELECT max(role) FILTER (WHERE user_id = $2) AS caller_role,
            max(role) FILTER (WHERE user_id = $3) AS target_role,
            count(*) FILTER (WHERE role = 'owner') AS owners
     FROM memberships WHERE organisation_id = $1`,
    [people.organisationId, people.callerId, people.targetId ?? null],
  );
  return { callerRole: row?.caller_role ?? undefined, targetRole: row?.target_role ?? undefined, owners: row?.owners ?? 0 };
}

/** How many organisations a user belongs to; count under `lockAccount`. */
export const countMemberships = (tx: Tx, userId: string): Promise<number> => tx.count(MembershipRow, { userId });

/** Gives a role, or changes it. */
export async function saveRole(tx: Tx, { organisationId, userId, role }: Membership & { userId: string }): Promise<void> {
  await query(
    tx,
    `INSERT INTO memberships (organisation_id, user_id, role) VALUES ($1, $2, $3)
     ON CONFLICT (organisation_id, user_id) DO UPDATE SET role = excluded.role`,
    [organisationId, userId, role],
  );
}
