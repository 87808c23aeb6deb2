import { loadConfig } from '@boxoffice/service-kit';
import { describe, expect, it } from 'vitest';
import { ComposeConfig, Config } from './config.ts';

const rest = { DATABASE_URL: 'postgres://127.0.0.1/x', KAFKA_BROKERS: 'a:9092, b:9092', MAIL_FROM: 'Box Office <tickets@example.org>' };

describe('the configuration', () => {
  it('takes exactly one way out for mails', () => {
    expect(loadConfig(Config, { ...rest, MAIL_FOLDER: '/tmp/mails' })).toMatchObject({
      PORT: 8005,
      METRICS_PORT: 9105,
      KAFKA_BROKERS: ['a:9092', 'b:9092'],
    });
    expect(() => loadConfig(Config, rest)).toThrow(/SMTP_URL: is missing.*Set this or MAIL_FOLDER/);
    expect(() => loadConfig(Config, { ...rest, MAIL_FOLDER: '/tmp/mails', SMTP_URL: 'smtp://127.0.0.1:25' })).toThrow(
      'Set exactly one of SMTP_URL and MAIL_FOLDER',
    );
    expect(() => ComposeConfig.parse({ DATABASE_URL: 'x', MAIL_FROM: rest.MAIL_FROM })).toThrow('exactly one');
  });

  it('wants a mail server by its URL and a sender with an address', () => {
    expect(() => loadConfig(Config, { ...rest, SMTP_URL: 'https://example.org' })).toThrow('SMTP_URL');
    expect(() => loadConfig(Config, { ...rest, SMTP_URL: 'smtps://user:secret@example.org', MAIL_FROM: 'Box Office' })).toThrow('MAIL_FROM');
    expect(() => loadConfig(Config, { ...rest, MAIL_FOLDER: '/tmp', MAIL_FROM: 'A <a@b>\r\nBcc: c@d' })).toThrow('MAIL_FROM');
  });
});
