import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { userAudience, userIssuer } from '@boxoffice/service-kit';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** Stands where the processes look for identity. */
export interface CustomerOffice {
  url: string;
  /** Tells it where identity itself answers. */
  inFrontOf(identityUrl: string): void;
  /** Access tokens of as many customers as are wanted; nobody had to log in for them. */
  tokens(count: number): Promise<string[]>;
  close(): void;
}

/**
 * Thousands of customers in a second: a door to identity that passes everything on, and adds a key of its own to identity's keys. Its tokens are
 * like identity's in every way, and are checked like them.
 */
export async function openCustomerOffice(): Promise<CustomerOffice> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const kid = randomUUID();
  const own = { ...(await exportJWK(publicKey)), kid, alg: 'EdDSA', use: 'sig' };
  let identity = new URL('http://127.0.0.1:9');
  const server = createServer((req, res) => passOn({ identity, own }, req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // listening on TCP
  const token = () =>
    new SignJWT({ guest: true, sid: randomUUID(), memberships: [] })
      .setProtectedHeader({ alg: 'EdDSA', kid })
      .setIssuer(userIssuer)
      .setAudience(userAudience)
      .setSubject(randomUUID())
      .setIssuedAt()
      .setExpirationTime('2h')
      .sign(privateKey);
  return {
    url: `http://127.0.0.1:${port}`,
    inFrontOf(identityUrl) {
      identity = new URL(identityUrl);
    },
    tokens: (count) => Promise.all(Array.from({ length: count }, token)),
    close: () => void server.close().closeAllConnections(),
  };
}

/** Carries a request to identity and its answer back, with one more key in the set of keys. */
function passOn({ identity, own }: { identity: URL; own: object }, req: IncomingMessage, res: ServerResponse): void {
  const { hostname: host, port } = identity;
  const onward = request({ host, port, path: req.url, method: req.method, headers: req.headers }, async (answer) => {
    if (!req.url?.startsWith('/trpc/identity.jwks') || answer.statusCode !== 200) {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      return void answer.pipe(res);
    }
    let text = '';
    for await (const chunk of answer) text += chunk;
    const { result } = JSON.parse(text) as { result: { data: { keys: object[] } } }; // identity's promise
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end(JSON.stringify({ result: { data: { ...result.data, keys: [...result.data.keys, own] } } }));
  });
  onward.on('error', () => res.destroy());
  req.pipe(onward);
}
