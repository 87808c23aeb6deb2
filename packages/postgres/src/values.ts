import pg from 'pg';

// Type ids of PostgreSQL's catalogue (pg_type.dat).
const oid = { int8: 20, int8Array: 1016, date: 1082, timestamp: 1114, timestamptz: 1184, interval: 1186 } as const;

/** int8 as a number; refuses what a double cannot hold exactly, so that no count or amount is ever rounded in silence. */
export function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 value ${text} does not fit a JavaScript number: select it as text`);
  return value;
}

/** A one-dimensional int8[]: '{1,NULL,3}'. */
function safeIntegers(text: string): (number | null)[] {
  const items = text === '{}' ? [] : text.slice(1, -1).split(',');
  return items.map((item) => (item === 'NULL' ? null : safeInteger(item)));
}

const readMoment = pg.types.getTypeParser(oid.timestamptz) as (text: string) => Date | number | null;
/** A timestamptz. The rows of a batch have the same moment; reading it anew for each is a hundredth of a hold. */
function momentReader(): (text: string) => Date | number | null {
  let last = { text: '', moment: readMoment('') };
  return (text) => {
    if (text !== last.text) last = { text, moment: readMoment(text) };
    return last.moment instanceof Date ? new Date(last.moment) : last.moment; // 'infinity' is a number; a Date can be changed by who gets it
  };
}

/** How column values arrive: timestamptz → Date, int8 → number, numeric, date, timestamp and interval → text, json → value. */
export function columnTypes(): pg.TypeOverrides {
  const types = new pg.TypeOverrides();
  types.setTypeParser(oid.timestamptz, momentReader());
  types.setTypeParser(oid.int8, safeInteger);
  types.setTypeParser(oid.int8Array, safeIntegers);
  // Without a zone a Date would be a guess, so these stay text (the ORM reads them itself).
  for (const zoneless of [oid.date, oid.timestamp, oid.interval]) types.setTypeParser(zoneless, (text) => text);
  return types;
}
