import type { RouteCall } from '@boxoffice/service-kit';

/** Answers a file. It is its reader's alone: nothing on the way keeps it. */
export function sendFile(res: RouteCall['res'], { body, type, disposition }: { body: Buffer; type: string; disposition: string }): void {
  const head = { 'content-type': type, 'content-disposition': disposition, 'content-length': body.length, 'cache-control': 'no-store' };
  res.writeHead(200, head).end(body);
}
