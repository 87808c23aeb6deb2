/** The test provider's cards by what they do. */
export const cards = {
  approved: '4242424242424242',
  declined: '4000000000000002',
  insufficientFunds: '4000000000009995',
  late: '4000000000003220',
  challenged: '4000002760003184',
  silent: '4000000000000341',
  captureFails: '4000000000000127',
  capturesAtOnce: '4000000000000077',
};
