import { createHash } from 'node:crypto';

/** Beyond this many texts somebody makes them up as he goes: those are sent unnamed, so that no connection fills with plans. */
const most = 500;
const names = new Map<string, string>();

/** From now on this text is sent by name: parsed and planned once per connection instead of each time. */
export function prepare(text: string): void {
  if (!names.has(text) && names.size < most) names.set(text, createHash('sha1').update(text).digest('hex'));
}

/** The name a text is prepared under, on every connection the same; undefined for one that is sent as it is. */
export const preparedName = (text: string): string | undefined => names.get(text);
