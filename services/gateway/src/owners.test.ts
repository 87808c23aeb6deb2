import { describe, expect, test } from 'vitest';
import { ownerOf, proceduresIn } from './owners.ts';

describe('owner of a request', () => {
  const cases: [string, string, string | undefined][] = [
    ['POST', '/trpc/booking.holdSeats', 'booking'],
    ['GET', '/trpc/booking.getEvent,booking.seatMap?batch=1&input=%7B%7D', 'booking'],
    ['GET', '/trpc/booking.getEvent%2Cbooking.seatMap?batch=1', 'booking'],
    ['GET', '/trpc/booking.getEvent,payment.getPayment?batch=1', undefined],
    ['POST', '/trpc/__proto__.x', undefined],
    ['POST', '/trpc/constructor', undefined],
    ['POST', '/trpc/nobody.does', undefined],
    ['GET', '/trpc/%E0%A4%A', undefined],
    ['POST', '/uploads/seating-plans?organisationId=x', 'booking'],
    ['GET', '/uploads/seating-plans', undefined],
    ['GET', '/tickets/0193/qr.png', 'ticketing'],
    ['GET', '/tickets/a/b/qr.png', undefined],
    ['GET', '/live/tickets', 'ticketing'],
    ['POST', '/webhooks/stripe/0193', 'payment'],
    ['POST', '/webhooks/stripe', undefined],
    ['GET', '/', undefined],
  ];
  for (const [method, url, namespace] of cases)
    test(`${method} ${url} → ${namespace ?? 'answered here'}`, () => expect(ownerOf(method, url)?.namespace).toBe(namespace));

  test('streams and uploads are carried differently', () => {
    expect(ownerOf('GET', '/live/tickets')).toMatchObject({ stream: true, maxBodyBytes: undefined });
    expect(ownerOf('POST', '/uploads/seating-plans')).toMatchObject({ stream: false, maxBodyBytes: 16 * 1024 * 1024 });
  });
  test('a batch names its procedures in order', () => expect(proceduresIn('/trpc/a.b,c.d?batch=1')).toEqual(['a.b', 'c.d']));
});
