import { plainRoutes, Refusal } from '@boxoffice/contracts';
import { type Metrics, type Route, readBody } from '@boxoffice/service-kit';
import { TRPCError } from '@trpc/server';
import { type Outcome, speakerAt, takeWebhook, type WebhookDeps } from './use-cases/take-webhook.ts';

const answers: Record<Outcome, 'ok' | string> = {
  taken: 'ok',
  replayed: 'ok',
  forged: 'This webhook is not signed by its provider.',
  old: 'The signature of this webhook is too old.',
  malformed: 'This webhook is no event.',
};

/** The plain HTTP routes of payment: webhooks. The account is found before the body is read, the body is read whole before anything looks into it. */
export const webhookRoutes = (deps: WebhookDeps, metrics: Metrics): Route[] => {
  const counter = metrics.counter('boxoffice_webhooks_total', 'Webhooks of payment providers, by what became of them.', ['provider', 'outcome']);
  return [
    {
      spec: plainRoutes.providerWebhook,
      async handle({ req, res }) {
        const { provider = '', accountId = '' } = req.params;
        const count = (outcome: string) => counter.inc({ provider: provider === 'stripe' || provider === 'test' ? provider : 'other', outcome });
        const speaker = await speakerAt(deps, provider, accountId.toLowerCase());
        if (!speaker) {
          count('unknown-account');
          throw new Refusal('PAYMENT_ACCOUNT_NOT_FOUND', {});
        }
        const body = await readBody(req, plainRoutes.providerWebhook.maxBodyBytes).catch((error: unknown) => {
          count(error instanceof TRPCError && error.code === 'PAYLOAD_TOO_LARGE' ? 'too-large' : 'cut-off');
          throw error;
        });
        const signature = req.headers[speaker.signatureHeader];
        const outcome = await takeWebhook(deps, speaker, { body, signature: typeof signature === 'string' ? signature : undefined });
        count(outcome);
        if (answers[outcome] !== 'ok') throw new TRPCError({ code: 'BAD_REQUEST', message: answers[outcome] });
        res.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end('{"received":true}');
      },
    },
  ];
};
