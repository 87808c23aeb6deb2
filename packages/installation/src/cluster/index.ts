export { reachable } from './kubectl.ts';
export { prove, stepNames } from './prove.ts';
