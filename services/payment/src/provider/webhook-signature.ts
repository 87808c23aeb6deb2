import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far the time of a signature may be from ours, in seconds: what Stripe's own library tolerates. */
export const toleranceSeconds = 300;

/** The Stripe-Signature header's shape, `t=<unix seconds>,v1=<hex>`: HMAC-SHA-256 under the secret over `<t>.<body>`, the body byte for byte as it is sent. */
export function signWebhook(secret: string, body: string | Buffer, now: Date): string {
  const time = Math.floor(now.getTime() / 1_000);
  return `t=${time},v1=${digest(secret, time, body).toString('hex')}`;
}

/** Whether one of these secrets signed this body within the tolerance of `now`: `forged` before `old`, so that only who knows a secret learns of our clock. */
export function checkWebhook(header: string | undefined, signed: { body: Buffer; secrets: readonly string[]; now: Date }): 'good' | 'forged' | 'old' {
  const { time, signatures } = partsOf(header ?? '');
  if (time === undefined) return 'forged';
  const genuine = signed.secrets.some((secret) => {
    const own = digest(secret, time, signed.body);
    return signatures.some((given) => timingSafeEqual(own, given));
  });
  if (!genuine) return 'forged';
  return Math.abs(signed.now.getTime() / 1_000 - time) <= toleranceSeconds ? 'good' : 'old';
}

const digest = (secret: string, time: number, body: string | Buffer) => createHmac('sha256', secret).update(`${time}.`).update(body).digest();

/** At most 8 signatures are compared: a header is anybody's to write. */
function partsOf(header: string): { time: number | undefined; signatures: Buffer[] } {
  const parts = header.split(',').map((part) => part.trim());
  const time = parts.map((part) => /^t=(\d{1,12})$/.exec(part)?.[1]).find((found) => found !== undefined);
  const signatures = parts.flatMap((part) => /^v1=([\da-f]{64})$/.exec(part)?.[1] ?? []).slice(0, 8);
  return { time: time === undefined ? undefined : Number(time), signatures: signatures.map((hex) => Buffer.from(hex, 'hex')) };
}
