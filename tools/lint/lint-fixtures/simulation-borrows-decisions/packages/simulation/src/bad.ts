export { openDatabase } from '@boxoffice/booking/compose';
