import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { decodeProtectedHeader, type JWTClaimVerificationOptions, type JWTPayload, UnsecuredJWT } from 'jose';

/** The key of an Ed25519 JWK: private when it has a `d`. Throws for any other. */
export function ed25519({ kty, crv, x, d }: { kty: string; crv: string; x: string; d?: string }): KeyObject {
  if (kty !== 'OKP' || crv !== 'Ed25519') throw new Error('Not an Ed25519 key.');
  return d === undefined ? createPublicKey({ key: { kty, crv, x }, format: 'jwk' }) : createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' });
}

/** A token with these claims, signed by this Ed25519 key (RFC 7519, RFC 8037). */
export function signedToken(claims: JWTPayload, { kid, key }: { kid: string; key: KeyObject }): string {
  const signed = `${encoded({ alg: 'EdDSA', kid })}.${encoded(claims)}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
}

/**
 * The claims of a token that this Ed25519 key has signed, checked by these rules. Throws for another algorithm, for header parameters that must be
 * understood, and for a signature or claims that are not good.
 */
export function claimsOf(token: string, key: KeyObject, rules: JWTClaimVerificationOptions): JWTPayload {
  const { alg, crit } = decodeProtectedHeader(token);
  if (alg !== 'EdDSA' || crit !== undefined) throw new Error('Not signed in our way.');
  const [header, payload, signature = '', ...rest] = token.split('.');
  // In this thread: jose hands each signature to another one, which costs as much again as half of the check (89 : 68 µs; signing 66 : 24, Node 24).
  const isSigned = rest.length === 0 && verify(null, Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'));
  if (!isSigned) throw new Error('No signature of this key.');
  return UnsecuredJWT.decode(`${unsecured}.${payload}.`, rules).payload; // what was signed: from here on jose's own check of claims
}

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
const unsecured = encoded({ alg: 'none' });
