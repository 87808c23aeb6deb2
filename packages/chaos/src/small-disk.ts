import { execFile, execFileSync } from 'node:child_process';
import { mkdir, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const roomy = '6g';

/** A disk in memory that can be made full and roomy again while it is in use. */
export interface SmallDisk {
  folder: string;
  /** From now on no file can grow by more than `spareBytes`. */
  fill(spareBytes: number): Promise<void>;
  relieve(): Promise<void>;
  close(): Promise<void>;
}

/** Mounts one at `folder`; undefined where this process may not mount. */
export async function openSmallDisk(folder: string): Promise<SmallDisk | undefined> {
  await mkdir(folder, { recursive: true });
  const mounted = await execute('mount', ['-t', 'tmpfs', '-o', `size=${roomy},mode=0777`, 'tmpfs', folder]).then(
    () => true,
    () => false,
  );
  if (!mounted) return undefined;
  const resize = async (size: string) => void (await execute('mount', ['-o', `remount,size=${size}`, folder]));
  const unmount = () => void execFileSync('umount', ['-l', folder], { stdio: 'ignore' }); // lazily: somebody may still be in it
  process.once('exit', unmount);
  return {
    folder,
    async fill(spareBytes) {
      const { bsize, blocks, bfree } = await statfs(folder);
      await resize(String((blocks - bfree) * bsize + spareBytes));
    },
    relieve: () => resize(roomy),
    async close() {
      process.off('exit', unmount);
      unmount();
    },
  };
}
