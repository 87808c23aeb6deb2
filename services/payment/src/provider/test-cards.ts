import type { DeclineReason } from '../domain/payment.ts';

/** What the test provider does with a card. */
export interface TestCard {
  number: string;
  does: string;
  declines?: DeclineReason;
  /** Answers "pending" and approves TEST_PROVIDER_LATE_MS later. */
  late?: true;
  /** Answers "pending", with a page where the customer approves or declines. */
  challenges?: true;
  /** The first request is carried out and never answered. */
  silent?: true;
  /** Takes the money with the authorisation. */
  capturesAtOnce?: true;
  captureFails?: true;
}

/** Every card the test provider knows; the table in TEST-PROVIDER.md is the same list. */
export const testCards: readonly TestCard[] = [
  { number: '4242424242424242', does: 'approved' },
  { number: '4000000000000002', does: 'declined', declines: 'card-declined' },
  { number: '4000000000009995', does: 'declined: insufficient funds', declines: 'insufficient-funds' },
  { number: '4000000000003220', does: 'pending, approved a little later', late: true },
  { number: '4000002760003184', does: 'pending until the customer has approved or declined on the page of the answer', challenges: true },
  { number: '4000000000000341', does: 'the call times out, though the money is authorised', silent: true },
  { number: '4000000000000127', does: 'approved, but the capture fails for good', captureFails: true },
  { number: '4000000000000077', does: 'approved and captured in one step', capturesAtOnce: true },
];
