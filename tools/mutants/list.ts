import { accounts } from './list/accounts.ts';
import { admissions } from './list/admission.ts';
import { byHand } from './list/by-hand.ts';
import { cancellations } from './list/cancellations.ts';
import { claims } from './list/claims.ts';
import { messages } from './list/messages.ts';
import { payments } from './list/payments.ts';
import { providers } from './list/providers.ts';
import { refunds } from './list/refunds.ts';
import { sales } from './list/sales.ts';
import { staff } from './list/staff.ts';
import { tickets } from './list/tickets.ts';
import type { Mutant } from './mutant.ts';

/** Every guard that is proven by removing it. */
export const mutants: readonly Mutant[] = [
  ...claims,
  ...admissions,
  ...sales,
  ...payments,
  ...byHand,
  ...refunds,
  ...providers,
  ...messages,
  ...tickets,
  ...accounts,
  ...staff,
  ...cancellations,
];
