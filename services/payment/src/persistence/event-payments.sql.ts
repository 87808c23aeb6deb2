import { type Database, query, type Tx } from '@boxoffice/postgres';
import { defaultSettings, type EventFacts, type EventPaymentSettings, type EventPayments } from '../domain/event-payments.ts';
import { factColumns } from './event-facts.sql.ts';

type SettingsRow = {
  methods: EventPaymentSettings['methods'] | null;
  accountId: string | null;
  bankWithinHours: number | null;
  bankInstructions: string | null;
  doorUntilHours: number | null;
  feePerSeatMinor: number;
  cancelUntilHours: number | null;
  keepFees: boolean;
  sellerName: string | null;
  sellerAddress: string | null;
  sellerTaxId: string | null;
  updatedAt: Date;
};

const settingColumns = `s.methods, s.account_id AS "accountId", s.bank_within_hours AS "bankWithinHours", s.bank_instructions AS "bankInstructions",
  s.door_until_hours AS "doorUntilHours", s.fee_per_seat_minor AS "feePerSeatMinor", s.cancel_until_hours AS "cancelUntilHours", s.keep_fees AS "keepFees",
  s.seller_name AS "sellerName", s.seller_address AS "sellerAddress", s.seller_tax_id AS "sellerTaxId", s.updated_at AS "updatedAt"`;

function settingsOf(row: SettingsRow): EventPaymentSettings {
  const { methods, accountId, feePerSeatMinor, cancelUntilHours, keepFees, updatedAt } = row;
  if (!methods) return defaultSettings;
  const { bankWithinHours: withinHours, bankInstructions: instructions, doorUntilHours: untilHoursBefore } = row;
  const { sellerName: name, sellerAddress: address, sellerTaxId: taxId } = row;
  return {
    ...{ methods, accountId, feePerSeatMinor, cancelUntilHours, keepFees, updatedAt },
    bankTransfer: withinHours !== null && instructions !== null ? { withinHours, instructions } : null,
    atDoor: untilHoursBefore !== null ? { untilHoursBefore } : null,
    seller: name !== null && address !== null && taxId !== null ? { name, address, taxId } : null,
  };
}

/** How an event is paid; the defaults where nobody has said so. */
export const eventPaymentsOf = async (db: Database | Tx, eventId: string): Promise<EventPaymentSettings> =>
  (await readEventPayments(db, eventId)).settings;

/** Facts and settings of an event in one read by key. `share` lets nobody change the facts before this transaction ends. */
export async function readEventPayments(db: Database | Tx, eventId: string, { share = false } = {}): Promise<EventPayments> {
  const text = `SELECT ${factColumns('f')}, ${settingColumns}
    FROM event_facts f LEFT JOIN event_payment_settings s ON s.event_id = f.event_id WHERE f.event_id = $1 ${share ? 'FOR SHARE OF f' : ''}`;
  const [row] = await query<EventFacts & SettingsRow>(db, text, [eventId]);
  if (!row) return { facts: undefined, settings: defaultSettings };
  const { organisationId, revision, name, venue, startsAt, timeZone, currency, status } = row;
  return { facts: { eventId: row.eventId, organisationId, revision, name, venue, startsAt, timeZone, currency, status }, settings: settingsOf(row) };
}

/** Takes the place of what was set before. */
export async function keepEventPayments(
  tx: Tx,
  eventId: string,
  { settings, userId }: { settings: EventPaymentSettings; userId: string },
): Promise<void> {
  const { methods, accountId, bankTransfer, atDoor, feePerSeatMinor, cancelUntilHours, keepFees, seller } = settings;
  await query(
    tx,
    `INSERT INTO event_payment_settings (event_id, methods, account_id, bank_within_hours, bank_instructions, door_until_hours, fee_per_seat_minor,
       cancel_until_hours, keep_fees, seller_name, seller_address, seller_tax_id, updated_by, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, statement_timestamp())
     ON CONFLICT (event_id) DO UPDATE SET methods = excluded.methods, account_id = excluded.account_id, bank_within_hours = excluded.bank_within_hours,
       bank_instructions = excluded.bank_instructions, door_until_hours = excluded.door_until_hours, fee_per_seat_minor = excluded.fee_per_seat_minor,
       cancel_until_hours = excluded.cancel_until_hours, keep_fees = excluded.keep_fees, seller_name = excluded.seller_name,
       seller_address = excluded.seller_address, seller_tax_id = excluded.seller_tax_id, updated_by = excluded.updated_by, updated_at = excluded.updated_at`,
    [
      ...[eventId, methods, accountId, bankTransfer?.withinHours ?? null, bankTransfer?.instructions ?? null, atDoor?.untilHoursBefore ?? null],
      ...[feePerSeatMinor, cancelUntilHours, keepFees, seller?.name ?? null, seller?.address ?? null, seller?.taxId ?? null, userId],
    ],
  );
}
