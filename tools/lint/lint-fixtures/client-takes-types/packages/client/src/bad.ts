import { refusals } from '@boxoffice/contracts';
export const codes = Object.keys(refusals);
