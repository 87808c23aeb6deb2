export { holdSeats } from '../use-cases/hold-seats.ts';
