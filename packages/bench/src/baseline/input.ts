import { z } from 'zod';

export const HoldInput = z.object({ eventId: z.uuid(), seatIds: z.array(z.uuid()).min(1).max(8) });
export type HoldInput = z.output<typeof HoldInput>;
