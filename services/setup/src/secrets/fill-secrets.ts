import { serviceNames } from '@boxoffice/contracts';
import { ConfigFault, type Logger, PrivateKey, trustFileOf } from '@boxoffice/service-kit';
import type { z } from 'zod';
import type { Purpose, SecretsConfig } from '../config.ts';
import { type Entries, entriesOf } from './catalogue.ts';
import type { Content, SecretStore } from './secret-store.ts';

type Settings = Pick<z.output<typeof SecretsConfig>, 'SECRETS' | 'SECRETS_READ_ONLY' | 'ADMINISTRATOR_EMAIL'>;
type Deps = { store: SecretStore; logger: Logger };

/**
 * Puts what is missing into the Secrets of an installation and never changes what is there; then the trust file, with the public keys of all
 * services. Any number may run at once. Throws a ConfigFault that names each Secret that is not there, and each key that somebody else's lacks.
 */
export async function fillSecrets(deps: Deps, settings: Settings): Promise<void> {
  const faults: string[] = [];
  for (const [purpose, name] of namesOf(settings)) {
    if (purpose === 'trust') continue;
    const entries = entriesOf(purpose, settings.ADMINISTRATOR_EMAIL);
    const missing = await fill(deps, { name, entries, readOnly: settings.SECRETS_READ_ONLY.includes(purpose) });
    if (missing.length) faults.push(`${name}: ${missing.join(', ')}`);
  }
  if (faults.length) throw new ConfigFault(`Secrets of this installation lack keys; put them there:\n  ${faults.join('\n  ')}`);
  await trustAll(deps, settings);
}

const namesOf = ({ SECRETS }: Settings) => Object.entries(SECRETS) as [Purpose, string][]; // its keys were read by the schema

async function there({ store }: Deps, name: string): Promise<Content> {
  const content = await store.read(name);
  if (!content) throw new ConfigFault(`There is no Secret ${name}: the chart makes it, so upgrade the release; or name the one that you keep.`);
  return content;
}

/** Answers the keys that somebody else's Secret lacks. */
async function fill(deps: Deps, { name, entries, readOnly }: { name: string; entries: Entries; readOnly: boolean }): Promise<string[]> {
  for (;;) {
    const { data, version } = await there(deps, name);
    const missing = Object.entries(entries).filter(([key]) => !data[key]);
    const keys = missing.map(([key]) => key);
    if (readOnly || keys.length === 0) return keys;
    const made = Object.fromEntries(await Promise.all(missing.map(async ([key, make]) => [key, await make()] as const)));
    if (await deps.store.write(name, made, version)) {
      deps.logger.info({ secret: name, keys }, 'made');
      return [];
    }
  }
}

async function trustAll(deps: Deps, settings: Settings): Promise<void> {
  const name = settings.SECRETS.trust;
  if (name === undefined || settings.SECRETS_READ_ONLY.includes('trust')) return;
  for (;;) {
    const { data, version } = await there(deps, name);
    const trust = JSON.stringify(trustFileOf(await serviceKeys(deps, settings)));
    if (data['trust.json'] === trust) return;
    if (await deps.store.write(name, { 'trust.json': trust }, version)) return deps.logger.info({ secret: name }, 'trust file written');
  }
}

const serviceKeys = (deps: Deps, settings: Settings) =>
  Promise.all(
    namesOf(settings)
      .filter(([purpose]) => serviceNames.some((service) => service === purpose))
      .map(async ([purpose, name]) => {
        const key = PrivateKey.safeParse(jsonOf((await there(deps, name)).data['service.key.json']));
        if (!key.success || key.data.kid !== purpose) throw new ConfigFault(`service.key.json of Secret ${name} is not a key of ${purpose}.`);
        return key.data;
      }),
  );

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
