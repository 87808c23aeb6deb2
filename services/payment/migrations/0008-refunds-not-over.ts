/** Refunds that are not over are few among many: whoever looks for them (the audit, staff's list) finds them by this. */
export const refundsNotOver = {
  name: '0008-refunds-not-over',
  up: [`create index refunds_not_over on refunds (step_since) where status <> 'DONE' and step is not null`],
};
