import path from 'node:path';
import type { Demo } from './demo-seed.ts';

export type Ready = { url: string; folder: string; engines: string; demo: Demo | undefined; mails: string | undefined };

/** Who may log in, line by line. */
export function accountsOf({ organiser, customer, door }: Demo): string[] {
  const told = Object.entries({ organiser, customer, door });
  return ['  Demo accounts', ...told.map(([who, { email, password }]) => `    ${who.padEnd(10)} ${email.padEnd(26)} ${password}`)];
}

/** What a person needs to go on: where it is, who may log in, three things to try. */
export function printReady({ url, folder, engines, demo, mails }: Ready): void {
  const near = (file: string) => path.relative(process.cwd(), file) || '.';
  const lines = [
    '',
    `  Box Office is ready at ${url}  (${(performance.now() / 1000).toFixed(1)} s)`,
    `  ${engines}; data in ${near(folder)}${mails ? `, mails in ${near(mails)}` : ''}`,
    '',
  ];
  if (demo)
    lines.push(
      ...accountsOf(demo),
      '',
      '  Try, in another terminal',
      '    npm run demo -- buy         hold a seat, pay, receive the ticket',
      '    npm run demo -- tickets     list the tickets, save their QR images',
      '    npm run demo -- check-in    let the newest ticket in',
      '    npm run demo -- buy --method bank-transfer, then mark-paid REFERENCE: money by hand',
      '',
    );
  lines.push('  Ctrl-C stops it; the data stays. npm start -- --reset starts over.', '');
  console.log(lines.join('\n'));
}
