import { Refusal } from '@boxoffice/contracts';
import { expect, test } from 'vitest';
import { heardLogger } from '../test/fixture.ts';

test('writes JSON with service, level name and ISO time', () => {
  const { logger, lines } = heardLogger();
  logger.info({ reservationId: 'r1', seats: 3 }, 'seats held');
  expect(lines).toEqual([
    { level: 'info', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/), service: 'test', reservationId: 'r1', seats: 3, msg: 'seats held' },
  ]);
});

test('cuts out secrets and addresses, at the top and two levels down', () => {
  const { logger, lines } = heardLogger();
  const secret = {
    authorization: 's3cret',
    email: 's3cret',
    password: 's3cret',
    token: 's3cret',
    accessToken: 's3cret',
    refreshToken: 's3cret',
    qr: 's3cret',
    cookie: 's3cret',
    idempotencyKey: 's3cret',
    card: 's3cret',
    paymentMethodId: 's3cret',
    secretKey: 's3cret',
    webhookSecret: 's3cret',
  };
  logger.info({ ...secret, input: secret, req: { headers: secret } }, 'careless');
  expect(JSON.stringify(lines)).not.toContain('s3cret');
});

test('tells an error with its cause, but not what drivers hang on it', () => {
  const { logger, lines } = heardLogger();
  const cause = Object.assign(new Error('duplicate key'), {
    code: '23505',
    detail: 'Key (email)=(ada@example.org) already exists',
    parameters: ['ada@example.org'],
  });
  logger.error({ err: new Error('save failed', { cause }) }, 'x');
  expect(lines[0]?.err).toMatchObject({
    type: 'Error',
    message: 'save failed',
    stack: expect.any(String),
    cause: { message: 'duplicate key', code: '23505' },
  });
  expect(JSON.stringify(lines)).not.toContain('example.org');
  logger.error({ err: new Refusal('EVENT_NOT_FOUND', {}) }, 'x');
  expect(lines[1]?.err).toMatchObject({ type: 'Refusal', code: 'NOT_FOUND' });
});
