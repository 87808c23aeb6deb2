import type { Inventory } from '@boxoffice/contracts';
import type { z } from 'zod';

type Counts = { available: number; held: number; sold: number; blocked: number; capacity: number };
/** Seats of one category by state, counted in one snapshot of the database. */
export type CategoryCount = Counts & { at: Date; category: string };

/** Totals over the categories; in each line available + held + sold + blocked = capacity. */
export function inventoryOf(eventId: string, categories: readonly CategoryCount[]): z.input<typeof Inventory> {
  const total: Counts = { available: 0, held: 0, sold: 0, blocked: 0, capacity: 0 };
  for (const counts of categories) for (const key of ['available', 'held', 'sold', 'blocked', 'capacity'] as const) total[key] += counts[key];
  const at = categories[0]?.at;
  if (!at) throw new Error('an event has categories');
  return { eventId, at, total, byCategory: categories.map(({ at: _, ...line }) => line) };
}
