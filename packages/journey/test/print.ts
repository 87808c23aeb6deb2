import { badInputTable, type JourneyReport, journeyReport } from '@boxoffice/journey';

/** A report that prints each step under the topology's name. */
export const printed = (topology: string): JourneyReport => journeyReport((line) => process.stdout.write(`  [${topology}] ${line}\n`));

export function printMemory(topology: string, memory: Record<string, number>): void {
  for (const [name, bytes] of Object.entries(memory)) process.stdout.write(`  [${topology}] memory ${name}: ${Math.round(bytes / 1024 / 1024)} MB\n`);
}

export const printTable = (report: JourneyReport): void => void process.stdout.write(`${badInputTable(report.badInputs)}\n`);
