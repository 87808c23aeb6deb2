import { createBoxOfficeClient } from '@boxoffice/client';
import { logIn, newEmail, newPassword } from '@boxoffice/journey';
import { startProcess } from '@boxoffice/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StandaloneTopology, standalone } from './topologies.ts';

// As a production installation is: only its first account may create organisations.
const closed = { DEMO: 'false', ORGANISATION_CREATION: 'first-account', HOLD_TTL_MS: '300000' };
const administrator = { email: newEmail('administrator'), password: newPassword() };
let topology: StandaloneTopology;
beforeAll(async () => {
  topology = await standalone(closed);
  await createBoxOfficeClient({ url: topology.url }).identity.register.mutate({ ...administrator, name: 'Administrator' });
});
afterAll(() => topology?.stop());

async function smoke({ password = administrator.password, url = topology.url } = {}) {
  const env = { SMOKE_EMAIL: administrator.email, SMOKE_PASSWORD: password };
  const run = startProcess({ name: 'smoke', script: 'packages/journey/src/smoke.ts', args: ['--url', url], env });
  const code = await run.exited;
  return { code, words: run.lines.join('\n') };
}
async function left() {
  const { client } = await logIn(topology.url, administrator);
  const [{ events }, { memberships }] = await Promise.all([client.booking.listEvents.query({}), client.identity.me.query({})]);
  return { onSale: events.filter(({ status }) => status !== 'CANCELLED').length, organisations: memberships.length };
}

test('sells one ticket and lets it in; again in the same organisation; and leaves nothing on sale', async () => {
  for (const _ of ['first', 'again']) {
    const { code, words } = await smoke();
    expect({ code, words }).toMatchObject({ code: 0, words: expect.stringMatching(/pays with a test card[\s\S]*is let in[\s\S]*Sold one ticket/) });
    process.stdout.write(`${words}\n`);
    expect(await left()).toEqual({ onSale: 0, organisations: 1 });
  }
});

test('a wrong password and an address where nobody answers fail, each with what to do', async () => {
  expect(await smoke({ password: 'not the password' })).toMatchObject({ code: 1, words: expect.stringMatching(/logs in[\s\S]*first account/) });
  expect(await smoke({ url: 'http://127.0.0.1:1' })).toMatchObject({
    code: 1,
    words: expect.stringMatching(/logs in[\s\S]*127\.0\.0\.1:1 is ready/),
  });
});

test('where the test provider is off, it is paid by hand', async () => {
  await topology.process.stop();
  const off = await standalone({ ...closed, DATA_FOLDER: topology.folder, TEST_PROVIDER: 'off' });
  try {
    expect(await smoke({ url: off.url })).toMatchObject({ code: 0, words: expect.stringMatching(/pays by hand[\s\S]*Sold one ticket/) });
  } finally {
    await off.stop();
  }
});
