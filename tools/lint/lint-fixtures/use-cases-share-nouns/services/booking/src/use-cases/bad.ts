export { holdSeats } from './hold-seats.ts';
