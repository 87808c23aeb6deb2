import { createHmac, randomUUID } from 'node:crypto';
import { expectEqual, type JourneyReport } from './report.ts';

/** What the test provider of the installation signs its webhooks with (TEST_PROVIDER_WEBHOOK_SECRET); without it only strangers' webhooks can be shown. */
export type WebhookOptions = { url: string; webhookSecret?: string | undefined };

/** Webhooks that nobody should believe, and a good one that comes twice: each has its own answer, and none changes the payment. */
export async function webhookSteps(report: JourneyReport, { url, webhookSecret }: WebhookOptions, paymentId: string): Promise<void> {
  const body = JSON.stringify({ id: randomUUID(), type: 'charge.released', createdAt: new Date().toISOString(), charge: `${paymentId}:authorising` });
  const post = (path: string, content: string, signature = '') =>
    fetch(`${url}/webhooks/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'test-provider-signature': signature },
      body: content,
    });
  await report.answered('webhook: an account that does not exist', 'PAYMENT_ACCOUNT_NOT_FOUND', () => post(`stripe/${randomUUID()}`, body));
  await report.answered('webhook: of 1 MB', 'PAYLOAD_TOO_LARGE', () => post('test/installation', 'x'.repeat(1_000_000)));
  if (!webhookSecret) return report.skipped('webhooks of the test provider: without its secret (TEST_PROVIDER_WEBHOOK_SECRET)');
  const told = (secret: string, at = Date.now()) => post('test/installation', body, signed(secret, body, at));
  await report.answered('webhook: a forged signature', 'BAD_REQUEST', () => told('not the secret'));
  await report.answered('webhook: an old signature', 'BAD_REQUEST', () => told(webhookSecret, Date.now() - 3_600_000));
  await report.step('a webhook that comes twice is answered twice', async () => {
    for (const time of ['first', 'second']) expectEqual(`answer to the ${time}`, (await told(webhookSecret)).status, 200);
  });
}

function signed(secret: string, body: string, at: number): string {
  const time = Math.floor(at / 1_000);
  return `t=${time},v1=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`;
}
