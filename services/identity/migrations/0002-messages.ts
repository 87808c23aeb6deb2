import { messagingSchema } from '@boxoffice/messaging';

/** What identity says: staff actions. It hears nothing; inbox and parked messages come with the schema. */
export const messages = { name: '0002-messages', up: messagingSchema };
