/** `npm run bench`: what the product does, beside the obvious design and the ceilings of this machine, in one run. */
import { writeFile } from 'node:fs/promises';
import { full, jsonOf, tableOf } from './full.ts';
import { help, type Options, optionsOf } from './options.ts';
import { type Product, productOf } from './product.ts';
import { profiled } from './profile.ts';
import { quick, ratiosOf } from './quick.ts';
import { stageOf } from './stage.ts';
import { startWorld, type World } from './world.ts';

const say = (text: string) => console.error(`bench ${text}`);
const options = (() => {
  try {
    return optionsOf(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${help}`);
    process.exit(2);
  }
})();
if (options.help) {
  console.log(help);
  process.exit(0);
}
const began = performance.now();
const profile = profiled(options.profile);
const world = await startWorld(say, profile.env);
const product = await productOf(world);
say(`ready after ${Math.round((performance.now() - began) / 1000)} s`);
try {
  await measured(world, product, options);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await product.stop();
  await profile.kept(world);
  await world.stop();
}
say(`took ${Math.round((performance.now() - began) / 1000)} s`);

async function measured(world: World, product: Product, { rounds, seconds, only, json, out, ...asked }: Options): Promise<void> {
  if (asked.quick) return console.log(JSON.stringify(ratiosOf(await quick(world, product, { rounds, seconds, say }))));
  const stage = stageOf(world, product, { rounds, seconds, say });
  const findings = await full(stage, only);
  const table = tableOf(findings, stage);
  if (out) await writeFile(out, `${table}\n`);
  console.log(json ? jsonOf(findings) : table);
}
