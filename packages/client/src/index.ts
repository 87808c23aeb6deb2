export { safe, TRPCClientError } from '@trpc/client';
export { type BoxOfficeClient, type ClientOptions, createBoxOfficeClient, type Ticket, type UploadedSeatingPlan } from './client.ts';
export { type Refused, refusedWith } from './errors.ts';
export type { LiveOptions } from './live-tickets.ts';
export type { SessionTokens } from './session.ts';
export type { Refund } from './settled-refund.ts';
