/** Organisations' accounts at payment providers, what a confirm is sent again with, and the provider's news. */
export const providerAccounts = {
  name: '0004-provider-accounts',
  up: [
    // Secrets are sealed: bytes, and the id of the key that opens them. `revision` rises whenever keys change: what was made of older ones is thrown away.
    `create table payment_accounts (
      id uuid primary key,
      organisation_id uuid not null,
      provider text not null check (provider in ('stripe')),
      provider_account text not null,
      name text not null,
      publishable_key text not null,
      secret_key bytea not null,
      secret_key_id text not null,
      webhook_secret bytea,
      webhook_secret_key_id text,
      previous_secret bytea,
      previous_secret_key_id text,
      previous_until timestamptz,
      is_default boolean not null default false,
      revision int not null default 1,
      created_at timestamptz not null default statement_timestamp(),
      updated_at timestamptz not null default statement_timestamp(),
      closed_at timestamptz,
      constraint payment_accounts_once unique (organisation_id, provider, provider_account),
      constraint payment_accounts_webhook_shape check ((webhook_secret is null) = (webhook_secret_key_id is null)),
      constraint payment_accounts_previous_shape check (num_nonnulls(previous_secret, previous_secret_key_id, previous_until) in (0, 3))
    )`,
    `create unique index payment_accounts_one_default on payment_accounts (organisation_id) where is_default and closed_at is null`,
    // A provider's own token of a method, never a card: so that nobody's death keeps a confirm from being sent again as it was. Gone with the answer.
    `alter table transactions
      add column pay_with jsonb check (pay_with ->> 'paymentMethodId' ~ '^pm_'),
      add column action_url text`,
    // The event's id comes first: what was taken once is never taken again. `account` is the account's id, or a name of the installation's own.
    `create table provider_events (
      id bigint generated always as identity primary key,
      provider text not null,
      account text not null,
      event_id text not null,
      type text not null,
      payment_id uuid,
      received_at timestamptz not null default statement_timestamp(),
      constraint provider_events_once unique (provider, account, event_id)
    )`,
    `create index provider_events_of_payment on provider_events (payment_id, received_at) where payment_id is not null`,
    `create index provider_events_received on provider_events (received_at)`,
  ],
};
