import { EmailAddress, isRefusal, Password } from '@boxoffice/contracts';
import { query } from '@boxoffice/postgres';
import { ConfigFault, type Logger, type Worker } from '@boxoffice/service-kit';
import type { z } from 'zod';
import type { ComposeConfig } from './config.ts';
import type { Deps } from './deps.ts';
import { register } from './use-cases/register.ts';

type Given = Pick<z.output<typeof ComposeConfig>, 'FIRST_ACCOUNT_EMAIL' | 'FIRST_ACCOUNT_PASSWORD'>;

/**
 * Registers the installation's first account before this process is ready, so that no visitor can be quicker: the first account may create
 * organisations. Does nothing once there is one. Throws a ConfigFault when only one of address and password is given, or they are no such thing.
 */
export function firstAccount(deps: Pick<Deps, 'db' | 'personalData' | 'passwords' | 'sessions'>, given: Given, logger: Logger): Worker[] {
  const { FIRST_ACCOUNT_EMAIL: address, FIRST_ACCOUNT_PASSWORD: secret } = given;
  if (address === undefined && secret === undefined) return [];
  const email = EmailAddress.safeParse(address);
  const password = Password.safeParse(secret);
  if (!email.success || !password.success)
    throw new ConfigFault('Give FIRST_ACCOUNT_EMAIL an e-mail address and FIRST_ACCOUNT_PASSWORD 10 to 200 characters, or neither.');
  const start = async () => {
    if ((await query(deps.db.em(), 'SELECT 1 FROM installation')).length > 0) return;
    const account = { email: email.data, password: password.data, name: 'Administrator' };
    await register(deps)(account, { actor: { kind: 'anyone' }, requestId: 'first-account' }).then(
      () => logger.info('the first account is registered'),
      (error: unknown) => {
        // Another replica was quicker.
        if (!isRefusal(error, 'EMAIL_ALREADY_REGISTERED')) throw error;
      },
    );
  };
  return [{ name: 'first-account', start, stop: async () => {} }];
}
