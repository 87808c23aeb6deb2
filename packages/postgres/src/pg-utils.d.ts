declare module 'pg/lib/utils.js' {
  /** A parameter as pg writes it: arrays, dates and objects as text. */
  export function prepareValue(value: unknown): unknown;
}
