import { stringify } from 'csv-stringify/sync';

/**
 * RFC 4180: a header, one row each, CRLF, no byte order mark.
 * Names come from people, and a spreadsheet runs text that begins with = + - @ as a formula: such text gets an apostrophe in front (OWASP, CSV injection).
 */
export const csvOf = (columns: string[], rows: readonly (string | number)[][]): string =>
  stringify([...rows], { header: true, columns, record_delimiter: 'windows', quoted_match: /[\r\n]/, escape_formulas: true });
