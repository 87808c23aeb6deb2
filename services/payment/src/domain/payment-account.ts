import { Refusal, rolesThatInclude, type User } from '@boxoffice/contracts';

/** The organisations this user may decide for. */
export const managedBy = ({ memberships }: User): string[] =>
  memberships.filter(({ role }) => rolesThatInclude('manager').includes(role)).map(({ organisationId }) => organisationId);

/** Refuses ORGANISATION_NOT_FOUND to strangers and ROLE_REQUIRED to members who are not managers. */
export function requireManager(user: User, organisationId: string): void {
  if (managedBy(user).includes(organisationId)) return;
  if (user.memberships.some((membership) => membership.organisationId === organisationId)) throw new Refusal('ROLE_REQUIRED', { role: 'manager' });
  throw new Refusal('ORGANISATION_NOT_FOUND', {});
}

/** Why nothing was changed of this account: it is closed, or not the caller's to change, or – to strangers – not there. */
export function refusalOf(account: { organisationId: string } | undefined, user: User): Refusal {
  const isMember = account && user.memberships.some(({ organisationId }) => organisationId === account.organisationId);
  if (!isMember) return new Refusal('PAYMENT_ACCOUNT_NOT_FOUND', {});
  return managedBy(user).includes(account.organisationId)
    ? new Refusal('PAYMENT_ACCOUNT_CLOSED', {})
    : new Refusal('ROLE_REQUIRED', { role: 'manager' });
}
