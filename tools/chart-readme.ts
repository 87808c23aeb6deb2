/** Writes charts/boxoffice/README.md; part of `npm run generate`. */
import { writeFile } from 'node:fs/promises';
import { chartReadme, chartReadmeFile } from '@boxoffice/installation/readme';

await writeFile(chartReadmeFile, await chartReadme());
