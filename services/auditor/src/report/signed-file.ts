import { isSignedBy, type ServiceKeys } from '@boxoffice/service-kit';
import { z } from 'zod';
import { digestOf, type Report, type SignedReport } from './report.ts';

/** The bytes that are signed. */
const documentOf = (report: object): string => JSON.stringify(report);
/** The bytes of the file: there is one way to write a report, so that a changed byte shows even where JSON would not care. */
const textOf = (file: object): string => `${JSON.stringify(file, null, 1)}\n`;

/** A report as the text of a file, signed. */
export async function signedText(made: { report: Report; tickets: string[] }, sign: (document: string) => Promise<string>): Promise<string> {
  const file: SignedReport = { report: made.report, signature: await sign(documentOf(made.report)), tickets: made.tickets };
  return textOf(file);
}

const File = z.strictObject({
  report: z.looseObject({ kind: z.string(), ticketsSha256: z.string(), event: z.looseObject({ eventId: z.string(), at: z.string() }) }),
  signature: z.string(),
  tickets: z.array(z.string()),
});

/** What was said of which event when; or everything that is wrong with the file, in words. */
export type Verdict = { good: true; eventId: string; at: string; kind: string } | { good: false; faults: string[] };

/** Is this, byte for byte, a report the auditor of this installation signed, and are its tickets those it was about? */
export async function verify(text: string, trusted: ServiceKeys): Promise<Verdict> {
  const read = parse(text);
  if (!read.good) return { good: false, faults: [`This is not a signed report: ${read.why}.`] };
  const { report, signature, tickets } = read.file;
  const faults: string[] = [];
  if (!trusted.get('auditor')?.length) faults.push('The trust file has no key of the auditor: this installation cannot tell who signed.');
  else if (!(await isSignedBy(trusted, 'auditor', { document: documentOf(report), signature })))
    faults.push('The report was altered after it was signed, or another installation signed it: the signature does not fit.');
  if (digestOf(tickets) !== report.ticketsSha256)
    faults.push(`The list of tickets is not the one of the report: its digest is ${digestOf(tickets)}, the report says ${report.ticketsSha256}.`);
  if (faults.length === 0 && textOf(read.file) !== text)
    faults.push('The file was written anew: report and tickets are as signed, but not byte for byte.');
  return faults.length > 0 ? { good: false, faults } : { good: true, kind: report.kind, ...report.event };
}

/** As it was written: zod would put the keys into the order of the schema, and other bytes than the signed ones would be verified. */
function parse(text: string): { good: true; file: z.output<typeof File> } | { good: false; why: string } {
  try {
    const file = JSON.parse(text);
    const read = File.safeParse(file);
    return read.success ? { good: true, file } : { good: false, why: z.prettifyError(read.error).split('\n')[0] ?? 'wrong shape' };
  } catch (error) {
    return { good: false, why: `it is not JSON (${error instanceof Error ? error.message : 'unknown'})` };
  }
}
