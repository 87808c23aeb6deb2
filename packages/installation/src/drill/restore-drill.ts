import { type Cluster, clusterOf } from '../cluster/cluster.ts';
import { timed } from '../cluster/runner.ts';
import { expectNothingNew, type Findings, findingsOnceLooked, open } from './audit.ts';
import { backUp, keptIn, type Manifest, manifestIn } from './backup.ts';
import { installRestored, restoreAll } from './restored.ts';
import { makeScratch, removeScratch, type Scratch, scratchPod } from './scratch.ts';
import { inOrder } from './snapshot.ts';
import { sourcesOf } from './sources.ts';
import { type Bought, buyTicket, cancelEvent, expectTicketValid } from './ticket.ts';

export { reachable } from '../cluster/kubectl.ts';

export type DrillOptions = {
  namespace: string;
  release: string;
  /** Namespace that the copy goes to; made and removed. */
  into: string;
  /** Folder that gets the backup. */
  folder: string;
  /** PostgreSQL of the same major version as the servers', with its programs. */
  postgresImage: string;
  helmMajor: 3 | 4;
  keep: boolean;
  print: (line: string) => void;
};

/**
 * Backs a release up while it sells, restores the backup into an empty namespace, and proves that it is the same: every table has its rows, the auditor finds
 * nothing that it did not find before, and a ticket that was bought before is let in. Throws what is not so.
 */
export async function restoreDrill(options: DrillOptions): Promise<void> {
  const { print } = options;
  const began = performance.now();
  const source = clusterIn(options, options.namespace);
  const scratch = await makeScratch(options.into, options.postgresImage);
  const bought = await buyTicket(source);
  const before = await backedUp(source, options).finally(() => cancelEvent(source, bought));
  const restoring = performance.now();
  await restored({ options, scratch, bought, before });
  print(`restored and proven ${seconds(restoring)} after the restore began; the whole drill ${seconds(began)}`);
  if (options.keep) print(`The copy stays: namespace ${options.into}.`);
  else await removeScratch(options.into);
}

/** Answers what the auditor found before. */
async function backedUp(source: Cluster, { into, folder, print }: DrillOptions): Promise<Findings> {
  const before = await findingsOnceLooked(source);
  print(`before: one ticket is bought; the auditor finds ${open(before).join(', ') || 'nothing'}`);
  const sources = await sourcesOf(source, { namespace: into, pod: scratchPod });
  const [manifest, took] = await timed(() => backUp(source, sources, folder));
  printBackup(manifest, `backed up in ${took}, snapshots ${manifest.apartMs} ms apart`, print);
  return before;
}

const seconds = (since: number) => `${((performance.now() - since) / 1_000).toFixed(1)} s`;

/** The release's values say which images it has. */
const noImages = { image: '', nextImage: '', prometheusImage: '' };

/** Names as the chart makes them, unless values override them. */
function clusterIn({ release, helmMajor, print }: DrillOptions, namespace: string): Cluster {
  const name = release.includes('boxoffice') ? release : `${release}-boxoffice`;
  const cluster = clusterOf({ namespace, ...noImages, helmMajor, print });
  return { ...cluster, release, nameOf: (component) => `${name}-${component}` };
}

function printBackup({ databases }: Manifest, words: string, print: (line: string) => void): void {
  print(words);
  for (const service of inOrder) {
    const { bytes, seconds: took, rows } = databases[service];
    const sum = Object.values(rows).reduce((total, count) => total + count, 0);
    print(`  ${service.padEnd(22)} ${String(sum).padStart(9)} rows ${(bytes / 1_000).toFixed(0).padStart(9)} kB ${took.toFixed(1).padStart(7)} s`);
  }
}

type Restoring = { options: DrillOptions; scratch: Scratch; bought: Bought; before: Findings };

/** From here on nothing but the folder is used. */
async function restored({ options, scratch, bought, before }: Restoring): Promise<void> {
  const { print, folder, into } = options;
  const [manifest, kept] = await Promise.all([manifestIn(folder), keptIn(folder)]);
  const [databases, restoreTook] = await timed(() => restoreAll(scratch, manifest, folder));
  const different = inOrder.flatMap((service) => databases[service].differences.map((line) => `${service}.${line}`));
  if (different.length > 0) throw new Error(`tables that have not the rows they had: ${different.join('; ')}`);
  const tables = inOrder.reduce((sum, service) => sum + Object.keys(manifest.databases[service].rows).length, 0);
  print(`restored in ${restoreTook}: ${tables} tables of five databases have the rows they had`);
  print(`  sent again: ${inOrder.map((service) => `${service} ${databases[service].sentAgain}`).join(', ')} messages`);
  const copy = clusterIn(options, into);
  const [, installTook] = await timed(() => installRestored(copy, scratch, manifest, kept));
  print(`installed on them in ${installTook}: every pod is ready`);
  await expectTicketValid(copy, bought);
  print('the administrator logs in, the ticket is let in, and not twice');
  const [after, auditTook] = await timed(() => expectNothingNew(copy, before));
  print(`the auditor finds ${open(after).join(', ') || 'nothing'}, ${auditTook} later`);
}
