import { createHash } from 'node:crypto';
import { type Check, type CheckName, checkNames, checks, type EventFigures, figuresOf, lookAtAll, type Sql } from '@boxoffice/audit';

/** The event is not there, or still sells: words for the person who asked. */
export class ReportRefused extends Error {
  override name = 'ReportRefused';
}

/** What is signed. No personal data: ids, counts and sums. */
export type Report = Omit<EventFigures, 'tickets'> & {
  kind: 'end-of-sale report' | 'interim report';
  /** SHA-256 over the living tickets, `seat ticket payment` per line, sorted. */
  ticketsSha256: string;
  checks: Record<CheckName, { invariant: string; findings: string[] }>;
};

/** A report, who signed it, and the tickets its digest is of. */
export type SignedReport = { report: Report; signature: string; tickets: string[] };

/** The digest of a report's tickets: anybody can compute it again. */
export const digestOf = (tickets: readonly string[]): string =>
  createHash('sha256')
    .update(tickets.map((line) => `${line}\n`).join(''))
    .digest('hex');

/** What was sold of an event, and whether everything about it is true. Refuses an event that is not there, and one still on sale unless `interim`. */
export async function makeReport(
  { sql, graceMs }: { sql: Sql; graceMs: number },
  { eventId, interim }: { eventId: string; interim: boolean },
): Promise<{ report: Report; tickets: string[] }> {
  const figures = await figuresOf(sql, eventId);
  if (!figures) throw new ReportRefused(`There is no event ${eventId}.`);
  const { onSale, onSaleUntil } = figures.event;
  if (onSale && !interim) throw new ReportRefused(`Event ${eventId} is on sale until ${onSaleUntil}: wait, or ask for --interim.`);
  const { held } = figures.seats;
  if (held > 0 && !interim)
    throw new ReportRefused(`${held} seats of event ${eventId} are still held and may be paid for: wait, or ask for --interim.`);
  const { findings } = await lookAtAll({ sql, graceMs }, eventId);
  const found = Map.groupBy(findings, ({ check }) => check);
  const results = checkNames.map((name) => {
    const { invariant }: Check = checks[name];
    return [name, { invariant, findings: (found.get(name) ?? []).map(({ what }) => what) }];
  });
  const { tickets, ...counts } = figures;
  const report: Report = {
    kind: onSale || held > 0 ? 'interim report' : 'end-of-sale report',
    ...counts,
    ticketsSha256: digestOf(tickets),
    checks: Object.fromEntries(results), // one for each name
  };
  return { report, tickets };
}
