export { compose } from '@boxoffice/booking/compose';
