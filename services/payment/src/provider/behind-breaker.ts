import type { CircuitBreaker } from '@boxoffice/service-kit';
import type { ProviderAnswer } from '../domain/payment.ts';
import type { PaymentProvider } from './provider.ts';

/** The same provider, not asked while it is away: then the answer is `unknown` at once. No answer in time counts as away, a "no" does not. */
export function behindBreaker(provider: PaymentProvider, breaker: CircuitBreaker): PaymentProvider {
  const guarded =
    <Request>(ask: (request: Request) => Promise<ProviderAnswer>) =>
    async (request: Request): Promise<ProviderAnswer> => {
      if (!breaker.admits(Date.now())) return { kind: 'unknown' };
      try {
        const answer = await ask(request);
        if (answer.kind === 'unknown') breaker.failed(Date.now());
        else breaker.worked();
        return answer;
      } catch (error) {
        breaker.failed(Date.now());
        throw error;
      }
    };
  const { lookUpRefund, list } = provider;
  return {
    name: provider.name,
    refuseUnknownMethod: (payWith) => provider.refuseUnknownMethod(payWith),
    authorise: guarded((request) => provider.authorise(request)),
    capture: guarded((request) => provider.capture(request)),
    void: guarded((request) => provider.void(request)),
    refund: guarded((request) => provider.refund(request)),
    lookUp: guarded((request) => provider.lookUp(request)),
    ...(lookUpRefund && { lookUpRefund: guarded((request) => lookUpRefund.call(provider, request)) }),
    ...(list && { list: (span: Parameters<typeof list>[0]) => list.call(provider, span) }), // a question about the books: it may take long, and tells nothing of payments
  };
}
