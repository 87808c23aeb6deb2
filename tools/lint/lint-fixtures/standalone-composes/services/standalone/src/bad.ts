export { holdSeats } from '@boxoffice/booking/hold-seats';
