import type { CheckName } from './catalogue.ts';

/** Services whose databases are looked at; each also says messages. */
export const auditedServices = ['booking', 'identity', 'payment', 'ticketing', 'notification-analytics'] as const;
export type AuditedService = (typeof auditedServices)[number];

/** Rows of a service's own database. Nothing here ever writes: a connection that cannot is enough. */
export type Sql = <Row extends object>(service: AuditedService, text: string, values?: unknown[]) => Promise<Row[]>;

/** What is looked at, and how old a thing must be, in milliseconds by the clock of its own database, before it is no longer merely under way. */
export type Books = { sql: Sql; graceMs: number };

/** Something that must never be, and was there at two looks. */
export type Finding = {
  check: CheckName;
  /** The examination that saw it, and the id to look at again. */
  examination: string;
  subject: string;
  /** In words, with ids only: no personal data. */
  what: string;
};

/** What an examination is given ids of; `standing` ones need none, an index leads them to what is open. */
export type Kind = 'event' | 'seat' | 'reservation' | 'sale' | 'payment' | 'charge' | 'ticket' | `message of ${AuditedService}` | 'standing';

/** Looks at these subjects (null: at all, for standing ones) and answers what is wrong with them now. */
export interface Examination {
  name: string;
  kind: Kind;
  examine(books: Books, subjects: string[] | null): Promise<Finding[]>;
}

type Row = { check: CheckName; subject: string; what: string };

/** An examination in one statement over one database: $1 the subjects, $2 (where it is used) the grace in milliseconds; answers check, subject, what. */
export const examined = (name: string, kind: Kind, service: AuditedService, text: string): Examination => ({
  name,
  kind,
  examine: async ({ sql, graceMs }, subjects) => {
    const rows = await sql<Row>(service, text, text.includes('$2') ? [subjects, graceMs] : [subjects]);
    return rows.map((row) => ({ ...row, examination: name }));
  },
});
