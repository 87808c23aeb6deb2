import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Caller, User } from '@boxoffice/contracts';
import { userAudience, userIssuer } from '@boxoffice/service-kit';

/** Identity as a payment process sees it: its public keys, and customers with its tokens. */
export interface IdentityPeer {
  url: string;
  customer(): Caller<User>;
  close(): Promise<void>;
}

export async function identityPeer(): Promise<IdentityPeer> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'test', alg: 'EdDSA', use: 'sig' }];
  const server = createServer((_, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ result: { data: { keys } } })),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const tokenOf = (userId: string) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: userId, guest: false, memberships: [], sid: randomUUID(), iss: userIssuer, aud: userAudience, iat: now, exp: now + 600 };
    const signed = `${part({ alg: 'EdDSA', kid: 'test' })}.${part(claims)}`;
    return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    customer: () => {
      const userId = randomUUID();
      return { actor: { kind: 'user', userId, guest: false, memberships: [] }, token: `Bearer ${tokenOf(userId)}`, requestId: randomUUID() };
    },
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
