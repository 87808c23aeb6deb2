import { rm } from 'node:fs/promises';
import path from 'node:path';
import { requireUnused } from '@boxoffice/postgres/embedded';
import { ConfigFault } from '@boxoffice/service-kit';
import type { Config } from './config.ts';

/** Everything standalone ever writes into its data folder. */
const ours = ['postgres', 'secrets.json', 'demo.json', 'mails', 'qr', 'boxoffice.log', 'boxoffice.log.1'];

/**
 * Removes what standalone keeps in its data folder, and nothing else that lies there. Throws FolderInUse while it runs on it, and a
 * ConfigFault for databases that are not its own: without secrets.json nobody could read what stays in them.
 */
export async function reset({ DATA_FOLDER, DATABASE_URL }: Pick<Config, 'DATA_FOLDER' | 'DATABASE_URL'>): Promise<void> {
  if (DATABASE_URL !== undefined)
    throw new ConfigFault('--reset does not touch the server of DATABASE_URL: drop its databases and remove the data folder yourself.');
  const folder = path.resolve(DATA_FOLDER);
  await requireUnused(path.join(folder, 'postgres'));
  for (const name of ours) await rm(path.join(folder, name), { recursive: true, force: true });
}
