import { readFileSync } from 'node:fs';

/** Secrets come by the environment: arguments are for everybody on the machine to read. */
export const secrets = {
  /** What the test provider of the installation signs its webhooks with. */
  webhook: process.env.TEST_PROVIDER_WEBHOOK_SECRET,
};

export type Credentials = { email: string; password: string };

/** Where an installation mounts what its administrator logs in with. */
const mounted = '/run/secrets/administrator';

/**
 * The administrator's e-mail address and password: SMOKE_EMAIL and SMOKE_PASSWORD, or the files that SMOKE_EMAIL_FILE and SMOKE_PASSWORD_FILE
 * name, or the mounted Secret. Throws an error that names what is missing.
 */
export function administratorOf(env: NodeJS.ProcessEnv = process.env): Credentials {
  return { email: value(env, 'SMOKE_EMAIL', 'email'), password: value(env, 'SMOKE_PASSWORD', 'password') };
}

/** As `administratorOf`, where somebody has named one. */
export const administratorIfGiven = (env: NodeJS.ProcessEnv = process.env): Credentials | undefined =>
  env.SMOKE_EMAIL || env.SMOKE_EMAIL_FILE ? administratorOf(env) : undefined;

function value(env: NodeJS.ProcessEnv, name: string, key: string): string {
  const given = env[name];
  if (given) return given;
  const file = env[`${name}_FILE`] || `${mounted}/${key}`;
  const read = contentOf(file);
  if (read) return read;
  throw new Error(`The administrator's ${key} is not known: set ${name}, or ${name}_FILE to a file that holds it (looked at ${file}).`);
}

/** Editors and `kubectl create secret --from-file` leave a line break at the end. */
function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trimEnd();
  } catch {
    return undefined;
  }
}
