import type { KeyObject } from 'node:crypto';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ServiceName, serviceNames } from '@boxoffice/contracts';
import { exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';
import { ConfigFault } from '../config.ts';
import { BoundedMap } from './bounded-map.ts';
import { ed25519, signedToken } from './tokens.ts';

/** The public keys of the services of this installation; a service may have two while its key is being changed. */
export type ServiceKeys = ReadonlyMap<ServiceName, readonly KeyObject[]>;

/** This process, as the other services know it. */
export interface ServiceIdentity {
  name: ServiceName;
  /** A token that proves to `audience` who calls, and for which user. Lives a minute; handed out again while it has half of that left. */
  tokenFor(audience: ServiceName, onBehalfOf?: string): Promise<string>;
}

/** How long a service token lives, in seconds; callees refuse longer ones. */
export const serviceTokenLifeS = 60;

const Name = z.enum(serviceNames);
const PublicKey = z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), kid: Name });
/** A key file. */
export const PrivateKey = PublicKey.extend({ d: z.string() });
export type ServiceKey = z.output<typeof PrivateKey>;
/** The file with every service's public key. */
export const TrustFile = z.object({ keys: z.array(PublicKey) });

/** Reads this service's key and the keys it trusts. Throws a ConfigFault when a file cannot be read or is somebody else's. */
export async function loadServiceIdentity(files: {
  name: ServiceName;
  keyFile: string;
  trustFile: string;
}): Promise<{ self: ServiceIdentity; trusted: ServiceKeys }> {
  const own = await readJson(files.keyFile, PrivateKey);
  if (own.kid !== files.name) throw new ConfigFault(`${files.keyFile} is the key of ${own.kid}, not of ${files.name}: set SERVICE_KEY_FILE.`);
  const trusted = trustedKeys(await readJson(files.trustFile, TrustFile));
  return { self: identityOf(files.name, ed25519(own)), trusted };
}

/** The keys of a trust file, by service. */
export function trustedKeys(trust: z.output<typeof TrustFile>): ServiceKeys {
  const trusted = new Map<ServiceName, KeyObject[]>();
  for (const jwk of trust.keys) trusted.set(jwk.kid, [...(trusted.get(jwk.kid) ?? []), ed25519(jwk)]);
  return trusted;
}

/** A file of keys, read by its schema. Throws a ConfigFault that never holds its content. */
export async function readJson<S extends z.ZodType>(file: string, schema: S): Promise<z.output<S>> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    // Never the content: it may be the key.
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'not the expected JSON';
    throw new ConfigFault(`${file} cannot be used (${why}): set SERVICE_KEY_FILE and SERVICE_TRUST_FILE to the files of this installation.`);
  }
}

function identityOf(name: ServiceName, key: KeyObject): ServiceIdentity {
  const made = new BoundedMap<{ token: string; useUntil: number }>(2_000);
  return {
    name,
    async tokenFor(audience, onBehalfOf) {
      const id = `${audience} ${onBehalfOf ?? ''}`;
      const earlier = made.get(id);
      if (earlier && earlier.useUntil > Date.now()) return earlier.token;
      const iat = Math.floor(Date.now() / 1000);
      const claims = {
        ...(onBehalfOf !== undefined && { obo: onBehalfOf }),
        iss: `service:${name}`,
        aud: audience,
        iat,
        exp: iat + serviceTokenLifeS,
      };
      const token = signedToken(claims, { kid: name, key });
      made.set(id, { token, useUntil: Date.now() + (serviceTokenLifeS * 1000) / 2 });
      return token;
    },
  };
}

/**
 * Makes `<folder>/<service>.key.json` (private JWK, mode 0600) for every service that has none, and `<folder>/trust.json` with the public
 * keys of all. Running it again keeps what is there.
 */
export async function generateServiceKeys(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const keys = [];
  for (const name of serviceNames) {
    const file = join(folder, `${name}.key.json`);
    if (!(await exists(file))) await replaceFile(file, await newServiceKey(name), 0o600);
    keys.push(await readJson(file, PrivateKey));
  }
  await replaceFile(join(folder, 'trust.json'), trustFileOf(keys), 0o644);
}

/** A new private key of a service, as its key file holds it. */
export async function newServiceKey(kid: ServiceName): Promise<ServiceKey> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return PrivateKey.loose().parse({ ...(await exportJWK(privateKey)), kid, alg: 'EdDSA', use: 'sig' });
}

/** What the trust file says of these private keys: their public halves. */
export const trustFileOf = (keys: readonly ServiceKey[]): object => ({
  keys: keys.map(({ kty, crv, x, kid }) => ({ kty, crv, x, kid, alg: 'EdDSA', use: 'sig' })),
});

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** Whole or not at all: a process that reads meanwhile, or a crash, never meets half a file. */
async function replaceFile(file: string, content: object, mode: number): Promise<void> {
  const draft = `${file}.${process.pid}.new`;
  await writeFile(draft, `${JSON.stringify(content, null, 2)}\n`, { mode });
  await rename(draft, file);
}
