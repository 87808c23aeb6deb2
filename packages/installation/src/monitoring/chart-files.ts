import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { chartFolder } from '../charts/helm.ts';

/** Folders of the chart that hold monitoring. */
export const rulesFolder = path.join(chartFolder, 'rules');
export const runbooksFolder = path.join(chartFolder, 'runbooks');
export const dashboardsFolder = path.join(chartFolder, 'dashboards');

/** The files of a folder with this extension: name → text. */
export async function textsIn(folder: string, extension: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(extension)).sort();
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(path.join(folder, name), 'utf8')] as const)));
}
