/** Facts of a PostgreSQL error, whether it comes from pg or wrapped by the ORM. */
function factsOf(error: unknown): { code: string | undefined; constraint: string | undefined } {
  const text = (name: string) => {
    if (!(error instanceof Error) || !(name in error)) return undefined;
    const value: unknown = Reflect.get(error, name);
    return typeof value === 'string' ? value : undefined;
  };
  return { code: text('code'), constraint: text('constraint') };
}

/** Did a unique index say no (this one, when named)? */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const facts = factsOf(error);
  return facts.code === '23505' && (constraint === undefined || facts.constraint === constraint);
}

const retryable = new Set([
  '40001', // serialization failure
  '40P01', // deadlock detected
  '55P03', // lock not available
  '53300', // too many connections
  '57P03', // cannot connect now: starting up or shutting down
  'ECONNREFUSED',
]);

/** Did the transaction certainly not happen, and may the same one succeed a moment later? A connection lost in between is not that: its outcome is unknown. */
export const isRetryable = (error: unknown): boolean => retryable.has(factsOf(error).code ?? '');

/** Is what was sent to blame – a value, a constraint, a rule of ours that aborted – rather than the state of the database or the way to it? */
export const isDataFault = (error: unknown): boolean => /^(22|23|54|P0|TX)/.test(factsOf(error).code ?? '');
