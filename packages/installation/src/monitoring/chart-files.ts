import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

const chart = path.resolve(import.meta.dirname, '../../../../charts/boxoffice');

/** Folders of the chart that hold monitoring. */
export const rulesFolder = path.join(chart, 'rules');
export const dashboardsFolder = path.join(chart, 'dashboards');
export const runbooksFolder = path.join(chart, 'runbooks');

/** The files of a folder with this extension: name → text. */
export async function textsIn(folder: string, extension: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(extension)).sort();
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(path.join(folder, name), 'utf8')] as const)));
}
