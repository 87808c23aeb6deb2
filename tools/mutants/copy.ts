import { cp, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import path from 'node:path';

const leftOut = new Set(['node_modules', '.git', '.cache', '.data', '.nx', 'dist']);
/** Our own packages in node_modules. */
const own = '@boxoffice';

/**
 * Copies the sources of `root` to `folder`. Libraries are linked; our own packages point into the copy, else a changed package would be tested through its
 * unchanged original.
 */
export async function copyTree(root: string, folder: string): Promise<void> {
  await cp(root, folder, { recursive: true, filter: (source) => !leftOut.has(path.basename(source)) });
  const [from, to] = [root, folder].map((tree) => path.join(tree, 'node_modules')) as [string, string];
  await mkdir(path.join(to, own), { recursive: true });
  const libraries = (await readdir(from)).filter((name) => name !== own && !name.startsWith('.vite'));
  await Promise.all(libraries.map((name) => symlink(path.join(from, name), path.join(to, name))));
  for (const name of await readdir(path.join(from, own))) await symlink(await readlink(path.join(from, own, name)), path.join(to, own, name));
}
