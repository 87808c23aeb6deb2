import { load } from './load.ts';
import type { LoadSpec } from './spec.ts';

// A process of its own, so that its processor time is known and its work is not in the way of the rest.
process.on('message', (spec: LoadSpec) => {
  load(spec).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
