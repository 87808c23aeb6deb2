import { organisationsWhere, Refusal, type User } from '@boxoffice/contracts';
import { organisationsOf } from './staff.ts';

/** The organisations this user may decide for. */
export const managedBy = (user: User): string[] => organisationsWhere(user, 'manager');

/** Why nothing was changed of this account: it is closed, or not the caller's to change, or – to strangers – not there. */
export function refusalOf(account: { organisationId: string } | undefined, user: User): Refusal {
  if (!account || !organisationsOf(user).includes(account.organisationId)) return new Refusal('PAYMENT_ACCOUNT_NOT_FOUND', {});
  return managedBy(user).includes(account.organisationId)
    ? new Refusal('PAYMENT_ACCOUNT_CLOSED', {})
    : new Refusal('ROLE_REQUIRED', { role: 'manager' });
}
