export { freePort } from './engines/port.ts';
