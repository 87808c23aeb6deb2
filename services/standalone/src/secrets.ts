import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generateSecrets as identitySecrets } from '@boxoffice/identity/compose';
import { generateSecrets as paymentSecrets } from '@boxoffice/payment/compose';
import { generateSecrets as ticketingSecrets } from '@boxoffice/ticketing/compose';

/** Writes a JSON file that only its owner may read; whole or not at all, for a crash here must not leave half a key. */
export async function keep(file: string, value: unknown): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const partial = `${file}.${process.pid}.part`;
  await writeFile(partial, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  await chmod(partial, 0o600);
  await rename(partial, file);
}

/** Reads a JSON file that only its owner may read, or writes `make()` there first. */
export async function keptOnce<T>(file: string, make: () => Promise<T>): Promise<T> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text !== undefined) return JSON.parse(text) as T;
  const value = await make();
  await keep(file, value);
  return value;
}

/** Keys of this installation: losing them loses the personal data and the keys of payment accounts, and invalidates every ticket. */
export type Secrets = {
  identity: ReturnType<typeof identitySecrets>;
  ticketing: ReturnType<typeof ticketingSecrets>;
  payment: ReturnType<typeof paymentSecrets>;
};

/** A data folder that is older than a part's secrets gets them now, and keeps those it has. */
export async function installationSecrets(dataFolder: string): Promise<Secrets> {
  const file = path.join(dataFolder, 'secrets.json');
  const fresh = () => ({ identity: identitySecrets(), ticketing: ticketingSecrets(), payment: paymentSecrets() });
  const kept = await keptOnce<Partial<Secrets>>(file, async () => fresh());
  const secrets = { ...fresh(), ...kept };
  if (kept.payment === undefined) await keep(file, secrets);
  return secrets;
}
