import { load } from './load.ts';
import { order } from './orders.ts';
import type { LoadSpec, OrderSpec } from './spec.ts';

// A process of its own, so that its processor time is known and its work is not in the way of the rest.
process.on('message', (spec: LoadSpec | OrderSpec) => {
  const work: Promise<unknown> = 'holds' in spec ? order(spec) : load(spec);
  work.then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
