/** The test provider as an outside world: what it is told to do wrong, what it tells by webhook, and questions to the customer. */
export const testProviderWorld = {
  name: '0007-test-provider-world',
  up: [
    // One row for all processes: what they share is the table, as they share the provider.
    `create table test_provider_controls (
      the_only boolean primary key default true check (the_only),
      controls jsonb not null,
      set_at timestamptz not null default statement_timestamp()
    )`,
    // Written with the change of the charge; `next_attempt_at` in the future is also how "it will happen then" is written.
    `create table test_provider_events (
      id uuid primary key default gen_random_uuid(),
      type text not null,
      charge text not null,
      amount_minor int not null,
      currency text not null,
      occurred_at timestamptz not null,
      next_attempt_at timestamptz not null,
      attempts int not null default 0,
      accepted int not null default 0,
      forged_sent int not null default 0,
      forged_accepted int not null default 0,
      done_at timestamptz
    )`,
    `create index test_provider_events_due on test_provider_events (next_attempt_at) where done_at is null`,
    `create index test_provider_events_of_charge on test_provider_events (charge) where done_at is null`,
    // A challenge is open while its charge is pending until 'infinity'.
    `alter table test_provider_charges
      add column challenged boolean not null default false,
      add column return_url text`,
    `create unique index test_provider_charges_challenged on test_provider_charges (reference) where challenged`,
    `create index test_provider_charges_created on test_provider_charges (created_at)`,
  ],
};
