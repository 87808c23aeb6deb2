/** The refunds of whole events: plans with their codes, the running ones, which orders and customers they are about, and the pace of all replicas together. */
export const eventCancellations = {
  name: '0006-event-cancellations',
  up: [
    // A code is kept as its hash: whoever reads this table cannot start anything with it.
    `create table cancellation_plans (
      id uuid primary key,
      event_id uuid not null,
      user_id uuid not null,
      code_hash bytea not null,
      with_fees boolean not null,
      figures jsonb not null,
      valid_until timestamptz not null
    )`,
    `create index cancellation_plans_of_user on cancellation_plans (event_id, user_id, valid_until)`,
    `create index cancellation_plans_old on cancellation_plans (valid_until)`,
    `create table event_cancellations (
      id uuid primary key,
      event_id uuid not null unique,
      organisation_id uuid not null,
      currency text not null,
      with_fees boolean not null,
      reason text not null,
      requested_by uuid not null,
      status text not null default 'RUNNING' check (status in ('RUNNING', 'DONE')),
      started_at timestamptz not null default statement_timestamp(),
      done_at timestamptz,
      next_sweep_at timestamptz not null default statement_timestamp(),
      constraint event_cancellations_done_shape check ((status = 'DONE') = (done_at is not null))
    )`,
    `create index event_cancellations_due on event_cancellations (next_sweep_at)`,
    // One of them works for a customer at a time; `told_at` is written with the message that says what became of all of his orders.
    `create table cancellation_customers (
      cancellation_id uuid not null references event_cancellations (id),
      user_id uuid not null,
      driver_until timestamptz,
      told_at timestamptz,
      primary key (cancellation_id, user_id)
    )`,
    `create index cancellation_customers_untold on cancellation_customers (cancellation_id) where told_at is null`,
    // `asked_at`: its refund was written down, or its end was. What became of it is read from the payment and its refunds, so that nothing can disagree.
    `create table cancellation_orders (
      payment_id uuid primary key references transactions (id),
      cancellation_id uuid not null references event_cancellations (id),
      user_id uuid not null,
      round int not null default 1,
      asked_at timestamptz,
      refund_id uuid references refunds (id),
      attempts int not null default 0,
      next_at timestamptz not null default statement_timestamp(),
      error text
    )`,
    `create index cancellation_orders_of_customer on cancellation_orders (cancellation_id, user_id)`,
    `create index cancellation_orders_unasked on cancellation_orders (cancellation_id, next_at) where asked_at is null`,
    // When the next refund may be asked for, by whichever replica.
    `create table refund_pace (one_row boolean primary key default true check (one_row), next_at timestamptz not null)`,
    `insert into refund_pace (next_at) values (statement_timestamp())`,
    // A payment that an event cancellation ended unpaid: its customer is told by that.
    `alter table transactions add column cancellation_id uuid`,
  ],
};
