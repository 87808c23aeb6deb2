import { EventChanged } from '@boxoffice/contracts';
import { type Handler, onAll } from '@boxoffice/messaging';
import { noteEvents } from './use-cases/note-events.ts';

/** Consumer group of this service. */
export const group = 'payment';

/** What this service hears and does about it; each works once. */
export const handlers: Handler[] = [onAll(EventChanged, noteEvents)];
