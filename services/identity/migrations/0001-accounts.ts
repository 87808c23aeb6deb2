import { idempotencySchema } from '@boxoffice/postgres';

/** Accounts, sessions, organisations, signing keys. Personal data is ciphertext from the first row on. */
export const accounts = {
  name: '0001-accounts',
  up: [
    `CREATE TABLE accounts (
      id uuid PRIMARY KEY,
      kind text NOT NULL CHECK (kind IN ('account', 'guest')),
      email_encrypted bytea NOT NULL,
      name_encrypted bytea,
      encryption_key_id text NOT NULL,
      email_index bytea NOT NULL,
      password_hash text,
      created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
      revoked_before timestamptz,
      CONSTRAINT accounts_password CHECK ((kind = 'account') = (password_hash IS NOT NULL))
    )`,
    `COMMENT ON COLUMN accounts.email_index IS 'HMAC-SHA-256 of the normalised address: equal addresses meet here, nobody can read one'`,
    `COMMENT ON COLUMN accounts.encryption_key_id IS 'key of email_encrypted and name_encrypted'`,
    `COMMENT ON COLUMN accounts.revoked_before IS 'sessions opened before this moment cannot be refreshed'`,
    // One account per address; guests of the same address are as many as their visits.
    `CREATE UNIQUE INDEX accounts_email_unique ON accounts (email_index) WHERE kind = 'account'`,
    `CREATE TABLE installation (
      one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
      first_account_id uuid NOT NULL REFERENCES accounts
    )`,
    `CREATE TABLE sessions (
      id uuid PRIMARY KEY,
      user_id uuid NOT NULL REFERENCES accounts,
      refresh_hash bytea NOT NULL,
      previous_hash bytea,
      opened_at timestamptz NOT NULL DEFAULT statement_timestamp(),
      expires_at timestamptz NOT NULL,
      revoked_at timestamptz,
      revoke_reason text,
      CONSTRAINT sessions_revoked CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL))
    )`,
    `CREATE INDEX sessions_expiry ON sessions (expires_at)`,
    `CREATE TABLE login_attempts (
      id uuid PRIMARY KEY,
      email_index bytea NOT NULL,
      attempted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      failed boolean NOT NULL DEFAULT false
    )`,
    `CREATE INDEX login_attempts_email ON login_attempts (email_index, attempted_at)`,
    `CREATE INDEX login_attempts_age ON login_attempts (attempted_at)`,
    `CREATE TABLE organisations (
      id uuid PRIMARY KEY,
      name text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT statement_timestamp()
    )`,
    `CREATE TABLE memberships (
      organisation_id uuid NOT NULL REFERENCES organisations,
      user_id uuid NOT NULL REFERENCES accounts,
      role text NOT NULL CHECK (role IN ('owner', 'manager', 'box-office', 'door')),
      created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
      PRIMARY KEY (organisation_id, user_id)
    )`,
    `CREATE INDEX memberships_user ON memberships (user_id)`,
    `CREATE TABLE signing_keys (
      kid text PRIMARY KEY,
      public_jwk jsonb NOT NULL,
      private_key_encrypted bytea NOT NULL,
      encryption_key_id text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
      retired_at timestamptz
    )`,
    ...idempotencySchema,
  ],
};
