import type { Stripe } from 'stripe';

export type { Stripe };

/** The version of Stripe's API that this code was written and checked against; an account's own default does not matter. */
const apiVersion = '2026-10-28.endive';

/** A client of one account. `apiUrl` is Stripe's address, or a test's. The library is loaded at first use: an installation without an account never pays for it. */
export async function connectStripe({ secretKey, apiUrl }: { secretKey: string; apiUrl: string }): Promise<Stripe> {
  const { default: StripeClient } = await import('stripe');
  const url = new URL(apiUrl);
  const protocol = url.protocol === 'http:' ? 'http' : 'https';
  const port = url.port === '' ? (protocol === 'http' ? 80 : 443) : Number(url.port);
  // It is the reconciler who asks again. (A connection that was closed under a request is opened once more by the library, with the same key.)
  return new StripeClient(secretKey, { apiVersion, maxNetworkRetries: 0, telemetry: false, host: url.hostname, port, protocol });
}
