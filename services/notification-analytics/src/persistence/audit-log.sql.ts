import type { StaffActed } from '@boxoffice/contracts';
import { type Database, query, type Tx } from '@boxoffice/postgres';
import type { z } from 'zod';

type Act = z.output<typeof StaffActed.payload>;
export type AuditEntry = Omit<Act, 'at' | 'organisationId'> & { entryId: string; at: Date };

/** Adds to the log, each message once. */
export async function keepActs(tx: Tx, told: readonly { fact: Act; envelope: { id: string } }[]): Promise<void> {
  const acts = told.map(({ fact, envelope }) => ({ ...fact, id: envelope.id }));
  const column = <K extends keyof (typeof acts)[number]>(name: K) => acts.map((act) => act[name]);
  await query(
    tx,
    `insert into audit_log (id, organisation_id, event_id, user_id, action, subject, reason, detail, at)
     select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[])
     on conflict (id) do nothing`,
    [
      ...[column('id'), column('organisationId'), column('eventId'), column('userId'), column('action')],
      ...[column('subject'), column('reason'), column('detail'), column('at')],
    ],
  );
}

export type AuditQuestion = {
  organisationId: string;
  eventId?: string | undefined;
  action?: string | undefined;
  after?: string | undefined;
  limit: number;
};

/** A page of one organisation's log, newest first. Nobody else's entry can match, whatever the filters and `after` name. */
export const pageOfActs = (db: Database, { organisationId, eventId, action, after, limit }: AuditQuestion): Promise<AuditEntry[]> =>
  db.query(
    `select id as "entryId", at, user_id as "userId", action, subject, event_id as "eventId", reason, detail from audit_log
     where organisation_id = $1 and ($2::uuid is null or event_id = $2) and ($3::text is null or action = $3) and ($4::uuid is null or id < $4)
     order by id desc limit $5`,
    [organisationId, eventId ?? null, action ?? null, after ?? null, limit],
  );
