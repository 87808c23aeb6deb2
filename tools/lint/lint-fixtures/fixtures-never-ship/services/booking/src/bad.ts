export { eventually } from '@boxoffice/testing';
