import { newId } from '@boxoffice/service-kit';
import { asServiceCaller } from '@boxoffice/testing';
import { expect, test } from 'vitest';
import { by, identityStage, refusalOf, registered } from '../../test/stage.ts';

const stage = identityStage({ ORGANISATION_CREATION: 'anyone' });

test('payment and notification-analytics learn what an organisation is called, and of an unknown one that it is unknown', async () => {
  const { organisationId } = await stage.identity.createOrganisation({ name: 'Paraninfo' }, by(await registered(stage.identity)));
  for (const name of ['payment', 'notification-analytics'] as const)
    expect(await stage.identity.organisationOf({ organisationId }, asServiceCaller(name))).toEqual({ organisationId, name: 'Paraninfo' });
  expect(await refusalOf(stage.identity.organisationOf({ organisationId: newId() }, asServiceCaller('payment')))).toBe('ORGANISATION_NOT_FOUND');
});

test('no other service is told', async () => {
  const { organisationId } = await stage.identity.createOrganisation({ name: 'Teatro' }, by(await registered(stage.identity)));
  for (const name of ['gateway', 'booking', 'ticketing', 'auditor'] as const)
    expect(await refusalOf(stage.identity.organisationOf({ organisationId }, asServiceCaller(name)))).toBe('FORBIDDEN');
});
