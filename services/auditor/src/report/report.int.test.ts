import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { aSale, openStage, type Sale, type Stage } from '@boxoffice/audit/stage';
import { generateServiceKeys, loadDocumentSigner, loadTrustedKeys, type ServiceKeys } from '@boxoffice/service-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeReport } from './report.ts';
import { signedText, verify } from './signed-file.ts';

let stage: Stage;
let folder: string;
let sale: Sale;
let text: string;
let trusted: ServiceKeys;
const keysIn = async (name: string) => {
  const keys = path.join(folder, name);
  await generateServiceKeys(keys);
  return {
    sign: await loadDocumentSigner('auditor', path.join(keys, 'auditor.key.json')),
    trusted: await loadTrustedKeys(path.join(keys, 'trust.json')),
  };
};
const books = () => ({ sql: stage.sql, graceMs: 0 });

beforeAll(async () => {
  stage = await openStage('report');
  folder = await mkdtemp(path.join(os.tmpdir(), 'boxoffice-report-'));
  sale = await aSale(stage.sql);
  await aSale(stage.sql); // of another event: none of it may be in the report
}, 60_000);
afterAll(async () => {
  await stage.close();
  await rm(folder, { recursive: true });
});

test('refuses an event that is not there, and one still on sale; an interim report may be had', async () => {
  await expect(makeReport(books(), { eventId: randomUUID(), interim: true })).rejects.toThrow(/There is no event/);
  await expect(makeReport(books(), { eventId: sale.eventId, interim: false })).rejects.toThrow(/is on sale until .*--interim/);
  expect((await makeReport(books(), { eventId: sale.eventId, interim: true })).report.kind).toBe('interim report');
});

test('tells seats, tickets, payments and sums of the event, and every check', async () => {
  await stage.sql('booking', `UPDATE events SET on_sale_until = now() WHERE id = $1`, [sale.eventId]);
  await stage.sql('booking', `UPDATE seats SET status = 'BLOCKED' WHERE id = $1`, [sale.otherSeat]);
  const made = await makeReport(books(), { eventId: sale.eventId, interim: false });
  expect(made.report).toMatchObject({
    kind: 'end-of-sale report',
    event: { eventId: sale.eventId, onSale: false },
    seats: { capacity: 2, sold: 1, held: 0, blocked: 1, available: 0 },
    ticketCounts: { active: 1, used: 0, cancelled: 0 },
    payments: { confirmed: 1, refunded: 0, sums: [{ currency: 'EUR', capturedMinor: 1000, refundedMinor: 0, netMinor: 1000 }] },
    checks: { 'seat-sold-twice': { invariant: 'I1', findings: [] }, 'paid-without-ticket': { invariant: 'I6', findings: [] } },
  });
  expect(made.tickets).toEqual([`${sale.seatId} ${sale.ticketId} ${sale.paymentId}`]);
  const keys = await keysIn('ours');
  trusted = keys.trusted;
  text = await signedText(made, keys.sign);
  expect(await verify(text, trusted)).toMatchObject({ good: true, eventId: sale.eventId, kind: 'end-of-sale report' });
});

test('an altered byte is refused, whichever it is', async () => {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 7) {
    const altered = Buffer.from(bytes);
    altered[at] = (bytes[at] ?? 0) === 0x31 ? 0x32 : 0x31;
    expect({ at, good: (await verify(altered.toString(), trusted)).good }).toEqual({ at, good: false });
  }
});

test('says what is wrong with a file', async () => {
  const faultOf = async (altered: string, keys = trusted) => {
    const verdict = await verify(altered, keys);
    return verdict.good ? 'good' : verdict.faults.join(' ');
  };
  expect(await faultOf('no report')).toMatch(/not a signed report: it is not JSON/);
  expect(await faultOf('{}')).toMatch(/not a signed report/);
  expect(await faultOf(text.replace('"sold": 1', '"sold": 2'))).toMatch(/^The report was altered after it was signed/);
  expect(await faultOf(text.replaceAll(sale.ticketId, randomUUID()))).toMatch(/^The list of tickets is not the one of the report/);
  expect(await faultOf(`${text}\n`)).toMatch(/not byte for byte/);
  expect(await faultOf(text, (await keysIn('theirs')).trusted)).toMatch(/another installation signed it/);
  expect(await faultOf(text, new Map())).toMatch(/no key of the auditor/);
});

test('a finding is in the report, in words', async () => {
  await stage.sql('ticketing', 'DELETE FROM tickets WHERE id = $1', [sale.ticketId]);
  const { report, tickets } = await makeReport(books(), { eventId: sale.eventId, interim: false });
  expect(tickets).toEqual([]);
  expect(report.checks['paid-without-ticket'].findings).toEqual([
    expect.stringContaining(`payment ${sale.paymentId} of event ${sale.eventId} has no ticket for 1 seat(s)`),
  ]);
});
