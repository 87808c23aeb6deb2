import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateServiceKeys, loadServiceIdentity } from './service-keys.ts';
import { isSignedBy, loadDocumentSigner, loadTrustedKeys } from './signatures.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signatures-'));
  await generateServiceKeys(folder);
});
afterAll(() => rm(folder, { recursive: true }));
const keyOf = (name: string) => join(folder, `${name}.key.json`);
const trustFile = () => join(folder, 'trust.json');

test('a document verifies by its signer’s public key, and only unaltered', async () => {
  const sign = await loadDocumentSigner('auditor', keyOf('auditor'));
  const trusted = await loadTrustedKeys(trustFile());
  const signature = await sign('what was sold');
  expect(signature).toMatch(/^[\w-]+\.\.[\w-]+$/);
  const by = (name: 'auditor' | 'booking', document: string, proof = signature) => isSignedBy(trusted, name, { document, signature: proof });
  expect(await by('auditor', 'what was sold')).toBe(true);
  expect(await by('auditor', 'what was Sold')).toBe(false);
  expect(await by('booking', 'what was sold')).toBe(false);
  for (const wrong of ['', '..', 'a.b.c', `${signature}.x`, signature.slice(0, -2)]) expect(await by('auditor', 'what was sold', wrong)).toBe(false);
});

test('a token of the same key is no signature of its payload', async () => {
  const { self, trusted } = await loadServiceIdentity({ name: 'auditor', keyFile: keyOf('auditor'), trustFile: trustFile() });
  const [header, payload = '', proof] = (await self.tokenFor('booking')).split('.');
  const document = Buffer.from(payload, 'base64url').toString();
  expect(await isSignedBy(trusted, 'auditor', { document, signature: `${header}..${proof}` })).toBe(false);
});

test('refuses somebody else’s key', async () => {
  await expect(loadDocumentSigner('auditor', keyOf('booking'))).rejects.toThrow(/is the key of booking, not of auditor/);
});
