import { Refusal } from '@boxoffice/contracts';
import { connectStripe } from './client.ts';
import { failureOf } from './faults.ts';

const deadlineMs = 5_000;

/** Whose key this is: 'acct_…'. Refuses PROVIDER_KEY_REFUSED, PROVIDER_UNREACHABLE when Stripe does not answer within 5 s. */
export const stripeOwnerOf =
  (apiUrl: string) =>
  async (secretKey: string): Promise<string> => {
    try {
      const stripe = await connectStripe({ secretKey, apiUrl });
      const { id } = await stripe.accounts.retrieveCurrent({}, { timeout: deadlineMs });
      return id;
    } catch (error) {
      const { kind } = failureOf(error);
      throw kind === 'fault' ? new Refusal('PROVIDER_UNREACHABLE', { retryAfterSeconds: 10 }) : new Refusal('PROVIDER_KEY_REFUSED', {});
    }
  };
