import { messagingSchema } from '@boxoffice/messaging';

/** The first tables: what is told to whom, what was sold and who came, and the facts of events both need. */
export const notificationsAndAnalytics = {
  name: '0001-notifications-and-analytics',
  up: [
    ...messagingSchema,
    // Who is written to is identity's secret: only user ids here. `facts` holds amounts and reasons, never an address or a name.
    `create table notifications (
      id uuid primary key,
      kind text not null check (kind in ('tickets', 'payment-failed', 'payment-refunded')),
      user_id uuid not null,
      event_id uuid not null,
      payment_id uuid not null,
      cause_id uuid not null,
      channel text not null default 'mail' check (channel = 'mail'),
      facts jsonb not null default '{}',
      status text not null default 'PENDING' check (status in ('PENDING', 'SENT', 'FAILED')),
      attempts int not null default 0,
      next_at timestamptz not null default now(),
      leased_until timestamptz,
      error text,
      created_at timestamptz not null default now(),
      sent_at timestamptz,
      check ((status = 'SENT') = (sent_at is not null)),
      constraint notifications_once_per_cause unique (kind, cause_id)
    )`,
    `create index notifications_due on notifications (next_at) where status = 'PENDING'`,
    `create index notifications_of_user on notifications (user_id, created_at desc)`,
    `create table payment_tickets (
      ticket_id uuid primary key,
      payment_id uuid not null
    )`,
    `create index payment_tickets_of_payment on payment_tickets (payment_id)`,
    // One row per sold seat. A refund may arrive before its sale: then sold_at is still null and the seat counts nowhere.
    `create table analytics (
      payment_id uuid not null,
      seat_id uuid not null,
      event_id uuid not null,
      organisation_id uuid not null,
      category text,
      price_minor int,
      sold_at timestamptz,
      refunded_at timestamptz,
      primary key (payment_id, seat_id),
      check (sold_at is not null or refunded_at is not null),
      check (sold_at is null or (category is not null and price_minor is not null))
    )`,
    `create index analytics_of_event on analytics (event_id)`,
    // One row per person at the door. Not a column of analytics: the message names a ticket, and its payment may arrive later.
    `create table attendance (
      ticket_id uuid primary key,
      event_id uuid not null,
      organisation_id uuid not null,
      seat_id uuid not null,
      category text not null,
      gate text not null,
      checked_in_at timestamptz not null
    )`,
    `create index attendance_of_event on attendance (event_id)`,
    `create table event_facts (
      event_id uuid primary key,
      organisation_id uuid not null,
      revision int not null,
      name text not null,
      venue text not null,
      starts_at timestamptz not null,
      time_zone text not null,
      currency text not null,
      status text not null
    )`,
  ],
};
