import { messagingSchema } from '@boxoffice/messaging';
import { idempotencySchema } from '@boxoffice/postgres';

/** The first tables: payments, what was asked of whom, refunds, and the test provider's own books. */
export const payments = {
  name: '0001-payments',
  up: [
    ...messagingSchema,
    ...idempotencySchema,
    // `transactions` is the specification's name; its id is the payment's id. `driver` fences who may move it on, `next_check_at` is when the reconciler looks.
    `create table transactions (
      id uuid primary key,
      transaction_id uuid not null unique,
      reservation_id uuid not null,
      event_id uuid not null,
      organisation_id uuid not null,
      user_id uuid not null,
      amount_minor int not null check (amount_minor >= 0),
      fee_minor int not null default 0 check (fee_minor >= 0),
      currency text not null,
      seats jsonb not null,
      status text not null default 'PENDING' check (status in ('PENDING', 'CONFIRMED', 'FAILED', 'CANCELLED', 'REFUNDED')),
      step text not null default 'CREATED'
        check (step in ('CREATED', 'AUTHORISING', 'CONFIRMING_SEATS', 'CAPTURING', 'VOIDING', 'REFUNDING', 'RETURNING_SEATS', 'RELEASING_SEATS', 'SETTLED')),
      step_key text,
      step_since timestamptz not null default statement_timestamp(),
      captured boolean not null default false,
      attempts int not null default 0,
      next_check_at timestamptz not null,
      driver uuid,
      driver_until timestamptz,
      pay_until timestamptz not null,
      card_last4 text check (card_last4 ~ '^[0-9]{4}$'),
      provider_reference text,
      failure_reason text,
      created_at timestamptz not null default statement_timestamp(),
      updated_at timestamptz not null default statement_timestamp(),
      settled_at timestamptz,
      constraint transactions_settled_shape check ((status = 'PENDING') = (step <> 'SETTLED') and (status = 'PENDING') = (settled_at is null)),
      constraint transactions_confirmed_shape check (status not in ('CONFIRMED', 'REFUNDED') or (captured and failure_reason is null)),
      constraint transactions_failed_shape check (status <> 'FAILED' or failure_reason is not null)
    ) with (fillfactor = 70)`,
    // Two payments of one reservation never run side by side.
    `create unique index transactions_one_pending on transactions (reservation_id) where status = 'PENDING'`,
    `create index transactions_due on transactions (next_check_at) where status = 'PENDING'`,
    `create index transactions_of_user on transactions (user_id, created_at desc)`,
    // One row per question, written before it is asked.
    `create table payment_steps (
      id bigint generated always as identity primary key,
      payment_id uuid not null references transactions (id),
      step text not null,
      key text not null,
      asked_at timestamptz not null default statement_timestamp(),
      answered_at timestamptz,
      answer text,
      constraint payment_steps_answer_shape check ((answered_at is null) = (answer is null))
    )`,
    `create index payment_steps_of_payment on payment_steps (payment_id, id)`,
    `create table refunds (
      id uuid primary key,
      payment_id uuid not null references transactions (id),
      key text not null unique,
      amount_minor int not null check (amount_minor >= 0),
      currency text not null,
      reason text not null,
      status text not null default 'PENDING' check (status in ('PENDING', 'DONE')),
      created_at timestamptz not null default statement_timestamp(),
      done_at timestamptz,
      constraint refunds_done_shape check ((status = 'DONE') = (done_at is not null))
    )`,
    `create index refunds_of_payment on refunds (payment_id)`,
    // The outside world of the test provider: it outlives any crash of payment. `key` is the key the charge was authorised with.
    `create table test_provider_charges (
      key text primary key,
      reference uuid not null,
      card_last4 text not null,
      amount_minor int not null,
      currency text not null,
      status text not null check (status in ('pending', 'authorised', 'declined', 'captured', 'voided', 'refunded')),
      decline_reason text,
      approve_at timestamptz,
      capture_fails boolean not null default false,
      capture_key text,
      void_key text,
      refund_key text,
      created_at timestamptz not null default statement_timestamp(),
      check (status <> 'pending' or approve_at is not null),
      check (status <> 'declined' or decline_reason is not null)
    )`,
  ],
};
