/** Refunds that people ask for: a machine of their own beside the payment's, seats that are refunded once, and the test provider's book of refunds. */
export const refunds = {
  name: '0003-refunds',
  up: [
    // `step` null: a refund of a failed payment, which the payment's own steps drive. FAILED and not SETTLED: the provider said no, people decide.
    // FAILED and SETTLED: nothing of it happened (`refused` tells why), and its seats and its money are free for another.
    `alter table refunds
      add column kind text not null default 'failed-payment' check (kind in ('failed-payment', 'seats', 'amount', 'late-capture')),
      add column fee_minor int not null default 0,
      add column seat_ids uuid[] not null default '{}',
      add column force boolean not null default false,
      add column cancellation_id uuid,
      add column requested_by uuid,
      add column request_hash text,
      add column step text check (step in ('CANCELLING_TICKETS', 'REFUNDING', 'BY_HAND', 'RETURNING_SEATS', 'SETTLED')),
      add column step_since timestamptz not null default statement_timestamp(),
      add column round int not null default 1,
      add column attempts int not null default 0,
      add column next_check_at timestamptz not null default statement_timestamp(),
      add column driver uuid,
      add column driver_until timestamptz,
      add column error text,
      add column refused jsonb,
      add column settled_by uuid,
      add column settled_reason text,
      drop constraint refunds_status_check,
      add constraint refunds_status_check check (status in ('PENDING', 'DONE', 'FAILED')),
      add constraint refunds_fee_check check (fee_minor between 0 and amount_minor),
      add constraint refunds_kind_shape check ((kind = 'failed-payment') = (step is null)),
      add constraint refunds_step_shape check (step is null or case step
        when 'SETTLED' then status = 'DONE' or (status = 'FAILED' and refused is not null)
        when 'REFUNDING' then status = 'PENDING' or (status = 'FAILED' and error is not null and refused is null)
        else status = 'PENDING' end),
      add constraint refunds_by_hand_shape check ((settled_by is null) = (settled_reason is null))`,
    `create index refunds_due on refunds (next_check_at) where status = 'PENDING' and step is not null`,
    // What makes a second refund of a seat impossible, whoever asks.
    `create table refunded_seats (
      payment_id uuid not null references transactions (id),
      seat_id uuid not null,
      refund_id uuid not null references refunds (id),
      constraint refunded_seats_once primary key (payment_id, seat_id)
    )`,
    `create index refunded_seats_of_refund on refunded_seats (refund_id)`,
    // A key is answered once and for all, also with no.
    `create table test_provider_refunds (
      key text primary key,
      charge text not null,
      amount_minor int not null check (amount_minor >= 0),
      declined boolean not null default false,
      created_at timestamptz not null default statement_timestamp()
    )`,
    `create index test_provider_refunds_of_charge on test_provider_refunds (charge)`,
    `alter table test_provider_charges
      add column refunded_minor int not null default 0,
      add constraint test_provider_charges_not_more_back check (refunded_minor between 0 and amount_minor),
      drop column refund_key`,
  ],
};
