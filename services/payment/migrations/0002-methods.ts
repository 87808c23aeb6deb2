/** How a payment is paid, and which provider's account is asked about it. */
export const methods = {
  name: '0002-methods',
  up: [
    // `provider` names who is asked, `account_id` the organisation's account there; without one it is the installation's own test provider.
    `alter table transactions
      add column method text not null default 'online' check (method in ('online', 'bank-transfer', 'at-door')),
      add column provider text not null default 'test',
      add column account_id uuid`,
  ],
};
