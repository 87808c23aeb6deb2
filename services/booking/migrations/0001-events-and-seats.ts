import { messagingSchema } from '@boxoffice/messaging';
import { idempotencySchema } from '@boxoffice/postgres';

const plansAndEvents = [
  `CREATE TYPE event_status AS ENUM ('DRAFT', 'PUBLISHED', 'CANCELLED')`,
  // The plan is kept as parsed: one array per seat, in seat-map order. A file of 20,000 seats and 2 MB becomes 0.3 MB on disk.
  `CREATE TABLE seating_plans (
     id uuid PRIMARY KEY,
     organisation_id uuid NOT NULL,
     name text NOT NULL,
     seats int NOT NULL CHECK (seats BETWEEN 1 AND 100000),
     categories jsonb NOT NULL,
     sections jsonb NOT NULL,
     plan jsonb NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now()
   )`,
  `CREATE TABLE events (
     id uuid PRIMARY KEY,
     organisation_id uuid NOT NULL,
     seating_plan_id uuid NOT NULL REFERENCES seating_plans (id),
     name text NOT NULL,
     venue text NOT NULL,
     starts_at timestamptz NOT NULL,
     time_zone text NOT NULL,
     currency text NOT NULL CHECK (length(currency) = 3),
     status event_status NOT NULL DEFAULT 'DRAFT',
     revision int NOT NULL DEFAULT 0,
     on_sale_from timestamptz NOT NULL,
     on_sale_until timestamptz NOT NULL,
     max_seats_per_customer int NOT NULL CHECK (max_seats_per_customer BETWEEN 1 AND 100),
     seats int NOT NULL CHECK (seats BETWEEN 1 AND 100000),
     created_at timestamptz NOT NULL DEFAULT now(),
     published_at timestamptz,
     cancelled_at timestamptz,
     CONSTRAINT events_window CHECK (on_sale_from < on_sale_until)
   )`,
  `CREATE INDEX events_of_organisation ON events (organisation_id, id)`,
  `CREATE TABLE event_categories (
     id uuid PRIMARY KEY,
     event_id uuid NOT NULL REFERENCES events (id),
     position int NOT NULL,
     name text NOT NULL,
     price_minor int NOT NULL CHECK (price_minor >= 0),
     CONSTRAINT event_categories_name UNIQUE (event_id, name)
   )`,
];

const seats = [
  `CREATE TYPE seat_status AS ENUM ('AVAILABLE', 'BLOCKED', 'SOLD')`,
  // ids are created in (section, row_no, place) order: neighbours share pages.
  // The volatile columns come last and are in NO index, so that every update is HOT and the table stays at its size.
  `CREATE TABLE seats (
     id uuid PRIMARY KEY,
     event_id uuid NOT NULL REFERENCES events (id),
     ord int NOT NULL,
     section text NOT NULL, row_label text NOT NULL, seat_label text NOT NULL,
     row_no int NOT NULL, run_no int NOT NULL, place int NOT NULL,
     category_id uuid NOT NULL REFERENCES event_categories (id),
     x real NOT NULL, y real NOT NULL,
     status seat_status NOT NULL DEFAULT 'AVAILABLE',
     held_until timestamptz, reservation_id uuid, held_by uuid,
     CONSTRAINT seats_hold_shape CHECK (held_until IS NULL OR (reservation_id IS NOT NULL AND held_by IS NOT NULL AND status = 'AVAILABLE')),
     CONSTRAINT seats_sold_shape CHECK (status <> 'SOLD' OR (reservation_id IS NOT NULL AND held_until IS NULL))
   ) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0)`,
  `CREATE UNIQUE INDEX seats_place ON seats (event_id, section, row_no, run_no, place)`,
  `CREATE UNIQUE INDEX seats_label ON seats (event_id, section, row_label, seat_label)`,
  `CREATE UNIQUE INDEX seats_ord ON seats (event_id, ord)`,
];

const reservations = [
  `CREATE TYPE reservation_status AS ENUM ('HELD', 'CONFIRMED', 'RELEASED')`,
  // One row per seat and reservation; a reservation is the rows that share reservation_id. No foreign key to seats: 1.33 times the cost of a hold.
  `CREATE TABLE seat_reservations (
     id uuid NOT NULL,
     reservation_id uuid NOT NULL, event_id uuid NOT NULL, seat_id uuid NOT NULL, user_id uuid NOT NULL,
     status reservation_status NOT NULL, held_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, confirmed_at timestamptz,
     price_minor int NOT NULL CHECK (price_minor >= 0),
     fee_minor int NOT NULL DEFAULT 0 CHECK (fee_minor >= 0),
     extended_at timestamptz,
     payment_id uuid,
     release_reason text CHECK (release_reason IN ('customer', 'expired', 'payment-failed', 'refunded', 'event-cancelled')),
     PRIMARY KEY (reservation_id, seat_id),
     CONSTRAINT seat_reservations_shape CHECK (
       (status <> 'CONFIRMED' OR (confirmed_at IS NOT NULL AND payment_id IS NOT NULL)) AND (status <> 'RELEASED' OR release_reason IS NOT NULL))
   ) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_insert_scale_factor = 0.2,
           autovacuum_analyze_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0)`,
  // The last line of defence: a second sale of a seat cannot be written down, whatever the statements do.
  `CREATE UNIQUE INDEX seat_reservations_confirmed ON seat_reservations (event_id, seat_id) WHERE status = 'CONFIRMED'`,
  `CREATE INDEX seat_reservations_reap ON seat_reservations (expires_at) WHERE status = 'HELD'`,
  // The limit per customer counts through this one.
  `CREATE INDEX seat_reservations_owned ON seat_reservations (user_id, event_id) WHERE status <> 'RELEASED'`,
  `CREATE INDEX seat_reservations_mine ON seat_reservations (user_id, held_at DESC)`,
  // Aborts a statement whose halves disagree; it runs inside the statement, so nothing of it is kept.
  `CREATE FUNCTION must(ok boolean, msg text) RETURNS boolean LANGUAGE plpgsql AS
     $$ BEGIN IF ok IS NOT TRUE THEN RAISE EXCEPTION '%', msg USING ERRCODE = 'TX001'; END IF; RETURN true; END $$`,
];

/** Plans, events, their seats, and who holds or owns them. */
export const eventsAndSeats = {
  name: '0001-events-and-seats',
  up: [...messagingSchema, ...idempotencySchema, ...plansAndEvents, ...seats, ...reservations],
};
