export { loadConfig } from '@boxoffice/service-kit/src/config.ts';
