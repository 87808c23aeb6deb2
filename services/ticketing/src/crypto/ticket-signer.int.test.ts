import { createPublicKey, verify } from 'node:crypto';
import { connect } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import { testDatabase } from '@boxoffice/testing';
import { describe, expect, it } from 'vitest';
import { entities, generateSecrets, migrations } from '../compose.ts';
import { readCode } from '../domain/qr-code.ts';
import { ticketSigner } from './ticket-signer.ts';

const secretOf = ({ TICKET_KEY_SECRET }: ReturnType<typeof generateSecrets>) => Buffer.from(TICKET_KEY_SECRET, 'base64');
const secret = secretOf(generateSecrets());
const fresh = () => testDatabase({ name: 'ticketing', entities, migrations });
const facts = { ticketId: newId(), eventId: newId(), label: 'Platea C 14', revision: 1 };

describe('the signing key', () => {
  it('is made once, however many processes start at the same moment', async () => {
    const db = await fresh();
    const pools = await Promise.all(Array.from({ length: 4 }, () => connect({ url: db.url, entities, migrations, poolMax: 3 })));
    try {
      const signers = pools.flatMap((pool) => [1, 2, 3].map(() => ticketSigner(pool, secret)));
      const codes = await Promise.all(signers.map((signer) => signer.sign(facts)));
      expect(new Set(codes).size).toBe(1); // Ed25519 signs the same text with the same key the same way
      expect(await db.query('SELECT kid FROM qr_signing_keys')).toHaveLength(1);
      for (const signer of signers) expect(await signer.prove(codes[0] ?? '')).toMatchObject({ payload: facts });
    } finally {
      await Promise.all(pools.map((pool) => pool.close()));
    }
  });

  it('is closed in the database, and another secret does not open it', async () => {
    const db = await fresh();
    const signer = ticketSigner(db, secret);
    await signer.prepare();
    const [row] = await db.query<{ private_encrypted: Buffer }>('SELECT private_encrypted FROM qr_signing_keys');
    expect(row?.private_encrypted.includes(Buffer.from('302e020100300506032b6570', 'hex'))).toBe(false); // how an open PKCS #8 Ed25519 key starts
    await expect(ticketSigner(db, secretOf(generateSecrets())).prepare()).rejects.toThrow('TICKET_KEY_SECRET does not open');
  });

  it('that was replaced still proves the tickets it signed', async () => {
    const db = await fresh();
    const old = ticketSigner(db, secret);
    const code = await old.sign(facts);
    await db.query(`UPDATE qr_signing_keys SET created_at = created_at - interval '1 year'`);
    const other = await fresh();
    await ticketSigner(other, secret).prepare();
    const [key] = await other.query<{ kid: string; public_x: string; private_encrypted: Buffer }>(
      'SELECT kid, public_x, private_encrypted FROM qr_signing_keys',
    );
    await db.query('INSERT INTO qr_signing_keys (kid, public_x, private_encrypted) VALUES ($1, $2, $3)', [
      key?.kid,
      key?.public_x,
      key?.private_encrypted,
    ]);
    const restarted = ticketSigner(db, secret);
    expect((await restarted.publicKeys()).map(({ keyId }) => keyId)[0]).toBe(key?.kid);
    expect(readCode(await restarted.sign(facts))?.payload.keyId).toBe(key?.kid);
    expect(await restarted.prove(code)).toMatchObject({ payload: facts });
    expect(await old.prove(await restarted.sign(facts))).toMatchObject({ payload: facts }); // a replica that started before the new key
  });

  it('proves a code with nothing but what qrKeys tells, as a door without network does', async () => {
    const signer = ticketSigner(await fresh(), secret);
    const code = await signer.sign(facts);
    const [published] = await signer.publicKeys();
    const [version, payload, signature] = code.split('.') as [string, string, string]; // as the format says
    const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: published?.x ?? '' } });
    expect(verify(null, Buffer.from(`${version}.${payload}`), key, Buffer.from(signature, 'base64url'))).toBe(true);
    expect(verify(null, Buffer.from(`${version}.${payload}A`), key, Buffer.from(signature, 'base64url'))).toBe(false);
  });
});
