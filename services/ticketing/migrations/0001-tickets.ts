import { messagingSchema } from '@boxoffice/messaging';
import { idempotencySchema } from '@boxoffice/postgres';

/** Tickets, what happened at the doors, what is known of events and refunds, and the keys that sign codes. */
export const tickets = {
  name: '0001-tickets',
  up: [
    `CREATE TABLE tickets (
      id              uuid PRIMARY KEY,
      position        bigint GENERATED ALWAYS AS IDENTITY,
      payment_id      uuid NOT NULL,
      reservation_id  uuid NOT NULL,
      seat_id         uuid NOT NULL,
      event_id        uuid NOT NULL,
      organisation_id uuid NOT NULL,
      user_id         uuid NOT NULL,
      label           text NOT NULL,
      category        text NOT NULL,
      price_minor     integer NOT NULL CHECK (price_minor >= 0),
      status          text NOT NULL CHECK (status IN ('ACTIVE', 'USED', 'CANCELLED')),
      revision        integer NOT NULL DEFAULT 1 CHECK (revision >= 1),
      qr              text NOT NULL,
      qr_png          bytea NOT NULL,
      created_at      timestamptz NOT NULL DEFAULT statement_timestamp(),
      used_at         timestamptz,
      gate            text,
      checked_in_by   uuid,
      cancelled_at    timestamptz,
      cancel_reason   text,
      CONSTRAINT tickets_once_per_paid_seat UNIQUE (payment_id, seat_id),
      CONSTRAINT tickets_used_says_when CHECK ((status = 'USED') = (used_at IS NOT NULL AND gate IS NOT NULL AND checked_in_by IS NOT NULL)),
      CONSTRAINT tickets_cancelled_says_why CHECK ((status = 'CANCELLED') = (cancelled_at IS NOT NULL AND cancel_reason IS NOT NULL))
    )`,
    // The last line of defence of 'one live ticket per seat'; also finds the live tickets of an event.
    `CREATE UNIQUE INDEX tickets_one_live_per_seat ON tickets (event_id, seat_id) WHERE status <> 'CANCELLED'`,
    // My tickets, and the live stream's 'what came after'.
    'CREATE INDEX tickets_of_user ON tickets (user_id, position)',
    // PNG is compressed already: a second try at every insert is wasted time.
    'ALTER TABLE tickets ALTER COLUMN qr_png SET STORAGE EXTERNAL',

    `CREATE TABLE check_ins (
      id              uuid PRIMARY KEY,
      ticket_id       uuid NOT NULL REFERENCES tickets (id),
      event_id        uuid NOT NULL,
      organisation_id uuid NOT NULL,
      gate            text NOT NULL,
      checked_in_by   uuid NOT NULL,
      at              timestamptz NOT NULL
    )`,
    'CREATE INDEX check_ins_of_ticket ON check_ins (ticket_id)',

    `CREATE TABLE event_facts (
      event_id        uuid PRIMARY KEY,
      organisation_id uuid NOT NULL,
      name            text NOT NULL,
      venue           text NOT NULL,
      starts_at       timestamptz NOT NULL,
      time_zone       text NOT NULL,
      status          text NOT NULL,
      revision        integer NOT NULL
    )`,

    // A refund may be heard of before the payment it undoes.
    `CREATE TABLE refunded_seats (
      payment_id  uuid NOT NULL,
      seat_id     uuid NOT NULL,
      refund_id   uuid NOT NULL,
      refunded_at timestamptz NOT NULL DEFAULT statement_timestamp(),
      PRIMARY KEY (payment_id, seat_id)
    )`,

    // private_encrypted: nonce (12 bytes) · tag (16) · AES-256-GCM text of the PKCS #8 key, with kid as additional data.
    `CREATE TABLE qr_signing_keys (
      kid               text PRIMARY KEY,
      public_x          text NOT NULL,
      private_encrypted bytea NOT NULL,
      created_at        timestamptz NOT NULL DEFAULT statement_timestamp()
    )`,

    ...idempotencySchema,
    ...messagingSchema,
  ],
};
