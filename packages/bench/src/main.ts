/** `npm run bench`: what the product does, beside the obvious design and the ceilings of this machine, in one run. */
import { parseArgs } from 'node:util';
import { productOf } from './product.ts';
import { quick, ratiosOf } from './quick.ts';
import { startWorld } from './world.ts';

const help = `npm run bench -- [--quick] [--json]

  --quick          only the three ratios that decide, in less than a minute
  --json           ends with one line of JSON instead of a table
  --rounds <n>     how often everything is measured in turn (2)
  --seconds <n>    how long each measurement takes (2)`;

const say = (text: string) => console.error(`bench ${text}`);
const { values } = (() => {
  try {
    return parseArgs({
      options: {
        quick: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
        rounds: { type: 'string', default: '2' },
        seconds: { type: 'string', default: '2' },
      },
    });
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${help}`);
    process.exit(2);
  }
})();
if (values.help) {
  console.log(help);
  process.exit(0);
}
const began = performance.now();
const world = await startWorld(say);
const product = await productOf(world);
say(`ready after ${Math.round((performance.now() - began) / 1000)} s`);
try {
  const figures = await quick(world, product, { rounds: Number(values.rounds), seconds: Number(values.seconds), say });
  console.log(JSON.stringify(ratiosOf(figures)));
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await product.stop();
  await world.stop();
}
say(`took ${Math.round((performance.now() - began) / 1000)} s`);
