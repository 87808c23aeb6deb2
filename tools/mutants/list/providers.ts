import type { Mutant } from '../mutant.ts';

const provider = 'services/payment/src/provider';
const accountTests = ['services/payment/src/use-cases/payment-accounts.int.test.ts'];
const webhookTests = ['services/payment/src/routes.int.test.ts'];
const lateMoneyTests = ['services/payment/src/late-money.int.test.ts'];
const stripePayments = ['services/payment/src/stripe-payments.int.test.ts'];
const stripeTests = [`${provider}/stripe/stripe-provider.int.test.ts`];

/** Payment providers: keys that nobody reads, webhooks that nobody forges, money that moves once. */
export const providers: readonly Mutant[] = [
  {
    name: 'webhook-of-anybody',
    guard: 'a webhook is signed by its provider',
    file: `${provider}/webhook-signature.ts`,
    find: `if (!genuine) return 'forged';`,
    replace: '',
    tests: webhookTests,
  },
  {
    name: 'webhook-for-ever',
    guard: 'a signature is good for five minutes',
    file: `${provider}/webhook-signature.ts`,
    find: `<= toleranceSeconds ? 'good' : 'old'`,
    replace: `<= toleranceSeconds ? 'good' : 'good'`,
    tests: webhookTests,
  },
  {
    name: 'webhook-twice',
    guard: 'a provider’s event is taken once (unique)',
    file: 'services/payment/migrations/0004-provider-accounts.ts',
    find: 'constraint provider_events_once unique (provider, account, event_id)',
    replace: 'constraint provider_events_once unique (id)',
    also: [
      {
        file: 'services/payment/src/persistence/provider-events.sql.ts',
        find: 'ON CONFLICT (provider, account, event_id) DO NOTHING',
        replace: '',
      },
    ],
    tests: webhookTests,
  },
  {
    name: 'webhook-about-others',
    guard: 'an account speaks of its own payments only',
    file: 'services/payment/src/persistence/provider-events.sql.ts',
    find: ' AND provider = $1 AND account_id IS NOT DISTINCT FROM $3::uuid',
    replace: ' AND ($3::uuid IS NULL OR true)',
    tests: webhookTests,
  },
  {
    name: 'old-secret-for-ever',
    guard: 'a replaced signing secret ends',
    file: `${provider}/account-secrets.ts`,
    find: ' && previousUntil && previousUntil > now',
    replace: ' && previousUntil',
    tests: webhookTests,
  },
  {
    name: 'card-for-stripe',
    guard: 'a payment starts only with what its provider takes (WHERE)',
    file: 'services/payment/src/persistence/lease-payments.sql.ts',
    find: `WHEN 'stripe' THEN`,
    replace: `WHEN 'stripe' THEN true OR`,
    also: [{ file: `${provider}/methods.ts`, find: ", stripe: 'paymentMethodId'", replace: '' }],
    tests: stripePayments,
  },
  {
    name: 'tickets-for-nothing',
    guard: 'who has closed its account is not paid through the test provider',
    file: `${provider}/account-for.ts`,
    find: 'testProvider && !hasAny',
    replace: 'testProvider',
    tests: accountTests,
  },
  {
    name: 'account-of-any-organisation',
    guard: 'an account is changed by its own organisation’s managers (WHERE)',
    file: 'services/payment/src/persistence/payment-accounts.sql.ts',
    find: 'WHERE a.id = $1 AND a.organisation_id = ANY ($2::uuid[]) RETURNING',
    replace: 'WHERE a.id = $1 AND (a.organisation_id = ANY ($2::uuid[]) OR true) RETURNING',
    tests: accountTests,
  },
  {
    name: 'account-by-any-staff',
    guard: 'payment accounts are managers’ business',
    file: 'services/payment/src/domain/payment-account.ts',
    find: `organisationsWhere(user, 'manager')`,
    replace: 'organisationsOf(user)',
    also: [
      {
        file: 'services/payment/src/domain/staff.ts',
        find: 'if (!organisationsWhere(user, role).includes(organisationId)) throw',
        replace: 'if (false) throw',
      },
    ],
    tests: accountTests,
  },
  {
    name: 'confirmed-before-it-is-written',
    guard: 'an intent is written down before it is confirmed',
    file: `${provider}/stripe/intents.ts`,
    find: 'return await way.book.note(charge, id);',
    replace: 'return id;',
    tests: stripeTests,
  },
  {
    name: 'replay-is-believed',
    guard: 'a repeated answer is not the present',
    file: `${provider}/stripe/intents.ts`,
    find: `sent.lastResponse.headers['idempotent-replayed'] === 'true'`,
    replace: 'false',
    tests: stripeTests,
  },
  {
    name: 'news-followed-once',
    guard: 'news of a failed payment stays until there is a definite answer',
    file: 'services/payment/src/late-money.ts',
    find: `return kind === 'approved'`,
    replace: 'return true',
    tests: lateMoneyTests,
  },
  {
    name: 'newer-news-put-away',
    guard: 'only the news that was followed is put away (version)',
    file: 'services/payment/src/persistence/payment-news.sql.ts',
    find: ' AND version = $2',
    replace: ' AND $2::int > 0',
    tests: lateMoneyTests,
  },
  {
    name: 'refund-forgets',
    guard: 'a refund is looked for before it is made',
    file: `${provider}/stripe/stripe-provider.ts`,
    find: 'if (earlier) return refundAnswerOf(earlier, id);',
    replace: '',
    tests: stripeTests,
  },
  {
    name: 'no-that-is-left-open',
    guard: 'an intent is shut behind a no',
    file: `${provider}/stripe/stripe-provider.ts`,
    find: `if (now.kind !== 'absent') return now;`,
    replace: `if (now.kind !== 'absent') return now;
  if (now.kind === 'absent') return { kind: 'declined', reason: 'card-declined' };`,
    tests: stripeTests,
  },
];
