/** What is known of events and how they are paid; payments by hand, which wait for their money; what staff lists and a statement reads. */
export const eventPayments = {
  name: '0005-event-payments',
  up: [
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
    `create table event_payment_settings (
      event_id uuid primary key references event_facts (event_id),
      methods text[] not null check (cardinality(methods) > 0 and methods <@ array['online', 'bank-transfer', 'at-door']),
      account_id uuid,
      bank_within_hours int check (bank_within_hours > 0),
      bank_instructions text,
      door_until_hours int check (door_until_hours >= 0),
      fee_per_seat_minor int not null check (fee_per_seat_minor >= 0),
      cancel_until_hours int check (cancel_until_hours >= 0),
      keep_fees boolean not null,
      seller_name text,
      seller_address text,
      seller_tax_id text,
      updated_by uuid not null,
      updated_at timestamptz not null,
      constraint event_payment_settings_bank_shape check (('bank-transfer' = any (methods)) = (bank_within_hours is not null and bank_instructions is not null)),
      constraint event_payment_settings_door_shape check (('at-door' = any (methods)) = (door_until_hours is not null))
    )`,
    // `reference` is what a customer names when paying by hand; `captured_at` is the day a statement counts the money on; paid_*: who of the staff saw it.
    `alter table transactions
      add column reference text,
      add column captured_at timestamptz,
      add column paid_by uuid,
      add column paid_reason text,
      drop constraint transactions_step_check,
      add constraint transactions_step_check check (step in ('CREATED', 'AUTHORISING', 'CONFIRMING_SEATS', 'AWAITING_MONEY', 'CAPTURING', 'VOIDING', 'REFUNDING',
        'RETURNING_SEATS', 'RELEASING_SEATS', 'SETTLED')),
      add constraint transactions_by_hand_shape check (method = 'online' or (provider = 'by-hand' and step not in ('AUTHORISING', 'CAPTURING', 'VOIDING', 'REFUNDING'))),
      add constraint transactions_awaiting_shape check (step <> 'AWAITING_MONEY' or (method <> 'online' and reference is not null and not captured and driver is null)),
      add constraint transactions_paid_shape check ((paid_by is null) = (paid_reason is null))`,
    `create unique index transactions_reference on transactions (reference) where reference is not null`,
    // How many of an event a customer has not paid, and whom a change of the event concerns.
    `create index transactions_unpaid on transactions (event_id, user_id) where status = 'PENDING' and method <> 'online' and step <> 'CREATED'`,
    // What staff lists, newest first, page by page; the second one is also what a statement reads.
    `create index transactions_of_organisation on transactions (organisation_id, created_at desc, id desc)`,
    `create index transactions_of_event on transactions (event_id, created_at desc, id desc)`,
  ],
};
