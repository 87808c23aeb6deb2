import type { KeyObject } from 'node:crypto';
import type { ServiceName } from '@boxoffice/contracts';
import { CompactSign, compactVerify, errors } from 'jose';
import { ConfigFault } from '../config.ts';
import { PrivateKey, readJson, type ServiceKeys, TrustFile, trustedKeys } from './service-keys.ts';
import { ed25519 } from './tokens.ts';

/** `typ` of the header: a signature over a document can never pass for a token, nor a token for it. */
const typ = 'boxoffice-document';

/** Signs documents as a service: answers a detached JWS (RFC 7515, appendix F), `<header>..<signature>`. Throws a ConfigFault when the key is not this service's. */
export async function loadDocumentSigner(name: ServiceName, keyFile: string): Promise<(document: string) => Promise<string>> {
  const own = await readJson(keyFile, PrivateKey);
  if (own.kid !== name) throw new ConfigFault(`${keyFile} is the key of ${own.kid}, not of ${name}: set SERVICE_KEY_FILE.`);
  const key = ed25519(own);
  return async (document) => {
    const [header, , signature] = (await signing(document, name).sign(key)).split('.');
    return `${header}..${signature}`;
  };
}

const signing = (document: string, kid: string) => new CompactSign(Buffer.from(document)).setProtectedHeader({ alg: 'EdDSA', kid, typ });

/** The public keys in a trust file. Throws a ConfigFault when it cannot be read. */
export const loadTrustedKeys = async (trustFile: string): Promise<ServiceKeys> => trustedKeys(await readJson(trustFile, TrustFile));

/** Did this service sign exactly this document? Any of its keys will do: it may have two while its key is being changed. */
export async function isSignedBy(
  trusted: ServiceKeys,
  name: ServiceName,
  { document, signature }: { document: string; signature: string },
): Promise<boolean> {
  const [header, payload, proof, ...rest] = signature.split('.');
  if (payload !== '' || rest.length > 0) return false;
  const whole = `${header}.${Buffer.from(document).toString('base64url')}.${proof}`;
  for (const key of trusted.get(name) ?? []) if (await verifies(whole, key)) return true;
  return false;
}

async function verifies(jws: string, key: KeyObject): Promise<boolean> {
  try {
    const { protectedHeader } = await compactVerify(jws, key, { algorithms: ['EdDSA'] });
    return protectedHeader.typ === typ;
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}
