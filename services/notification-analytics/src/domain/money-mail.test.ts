import { describe, expect, it } from 'vitest';
import type { MailEvent } from './mail.ts';
import { moneyMail } from './money-mail.ts';
import type { Notification } from './notification.ts';

const event: MailEvent = {
  name: 'Noche <b>de</b> Jazz',
  venue: 'Paraninfo <script>',
  startsAt: new Date('2026-07-31T23:30:00Z'),
  timeZone: 'Atlantic/Canary',
};
const of = (
  kind: Notification['kind'],
  facts: Notification['facts'],
  seats: Parameters<typeof moneyMail>[2]['seats'] = { labels: [], paidFeeMinor: 0 },
) => moneyMail({ name: null }, { kind, paymentId: kind === 'cancellation-settled' ? null : 'p-1', causeId: 'c-1', facts }, { event, seats });

describe('a mail about money', () => {
  it('says what happened to a payment that failed, and what to do', () => {
    expect(of('payment-failed', { reason: 'seats-gone', refunded: true }).text).toContain(
      'somebody else before your payment arrived. All of the money was sent back',
    );
    expect(of('payment-failed', { reason: 'not-answered', refunded: false }).text).toContain('did not answer in time. Nothing was charged');
    const { text } = of('payment-failed', { reason: 'anything', refunded: false });
    expect(text).toContain('could not be completed. Nothing was charged');
    expect(text).toContain('please choose seats again');
  });

  it('does not tell somebody who paid twice that there are no tickets', () => {
    const { subject, text } = of('payment-failed', { reason: 'paid-already', refunded: true });
    expect(subject).toContain('Second payment sent back');
    expect(text).toContain('your tickets stay valid');
  });

  it('stops people from paying for what ended unpaid', () => {
    for (const reason of ['not-paid', 'event-cancelled']) {
      const { text } = of('payment-failed', { reason, refunded: false });
      expect(text).toContain('Nothing was charged');
      expect(text).toContain('Please do not pay any more');
      expect(text).toContain('If your money is under way already');
    }
    expect(of('payment-failed', { reason: 'event-cancelled', refunded: false }).subject).toBe('Cancelled: Noche <b>de</b> Jazz');
  });

  it('tells how to pay by hand: how much, by when in the zone of the event, naming what, and in the words of the organiser', () => {
    const facts = {
      amountMinor: 4250,
      currency: 'EUR',
      reference: 'BO-7K3M',
      payUntil: '2026-07-01T22:30:00.000Z',
      instructions: 'IBAN ES00 1234\nNoche <i>GmbH</i>',
    };
    const transfer = of('payment-awaited', { ...facts, method: 'bank-transfer' });
    expect(transfer.subject).toBe('How to pay for your seats: Noche <b>de</b> Jazz');
    expect(transfer.text).toContain('Please transfer €42.50 so that it arrives by Wednesday, 1 July 2026 at 23:30 (Atlantic/Canary).');
    expect(transfer.text).toContain('IBAN ES00 1234\nNoche <i>GmbH</i>');
    expect(transfer.text).toContain('Name the reference BO-7K3M');
    expect(transfer.html).toContain('IBAN ES00 1234<br>Noche &lt;i&gt;GmbH&lt;/i&gt;');
    expect(of('payment-awaited', { ...facts, method: 'at-door', instructions: null }).text).toContain('pay €42.50 at the box office by Wednesday');
  });

  it('tells which seats were refunded, how much, and whether fees were', () => {
    const facts = { amountMinor: 4250, currency: 'EUR', refundKind: 'seats' as const, seatIds: ['s1', 's2'] };
    const labels = ['Platea C 14', 'Platea C 15'];
    expect(of('payment-refunded', { ...facts, feeMinor: 250 }, { labels, paidFeeMinor: 250 }).text).toContain(
      '€42.50 was refunded for Platea C 14 and Platea C 15. That includes €2.50 of service fees. The money arrives',
    );
    expect(of('payment-refunded', facts, { labels, paidFeeMinor: 250 }).text).toContain('The service fee of €2.50 is not refunded.');
    expect(of('payment-refunded', facts, { labels, paidFeeMinor: 0 }).text).not.toContain('fee');
    expect(of('payment-refunded', facts, { labels: ['Platea C 14', null], paidFeeMinor: 0 }).text).toContain('€42.50 was refunded for 2 seats.');
    expect(of('payment-refunded', { amountMinor: 4250, currency: 'EUR' }).text).toContain('€42.50 was refunded. The money'); // facts of before there were kinds
  });

  it('tells good will and a late charge apart from seats', () => {
    const facts = { amountMinor: 500, currency: 'EUR', seatIds: [] };
    expect(of('payment-refunded', { ...facts, refundKind: 'amount' }).text).toContain('Your tickets stay valid');
    const late = of('payment-refunded', { ...facts, refundKind: 'late-capture' });
    expect(late.subject).toContain('Charge sent back');
    expect(late.text).toContain('All of it, €5.00, was sent back');
  });

  it.each([
    ['JPY', 4200, /¥4,200 was sent back/],
    ['KWD', 1234, /KWD.1\.234 was sent back/],
  ])('writes %s with its own digits', (currency, amountMinor, words) => {
    expect(of('cancellation-settled', { amountMinor, currency }).text).toMatch(words);
  });

  it('tells of a cancelled event what went back, what did not yet and what happens next', () => {
    const all = of('cancellation-settled', { amountMinor: 4250, currency: 'EUR', failedMinor: 0, unpaidOrders: 0, reference: 'can-1' });
    expect(all.subject).toBe('Cancelled: Noche <b>de</b> Jazz');
    expect(all.text).toContain('€42.50 was sent back to you.');
    expect(all.text).toContain('There is nothing for you to do.');
    expect(all.text).toContain('Cancellation reference: can-1');
    const owed = of('cancellation-settled', { amountMinor: 0, currency: 'EUR', failedMinor: 1000, unpaidOrders: 0 }).text;
    expect(owed).not.toContain('sent back to you');
    expect(owed).toContain('€10.00 could not be paid back yet.');
    expect(owed).toContain('write to the organiser');
    const unpaid = of('cancellation-settled', { amountMinor: 0, currency: 'EUR', failedMinor: 0, unpaidOrders: 1 }).text;
    expect(unpaid).toContain('please do not pay it any more');
  });

  it('escapes what others wrote, tells the start in the zone of the event and names the payment', () => {
    const { html, text } = of('payment-failed', { refunded: true });
    expect(html).not.toMatch(/<script>|<b>de/);
    expect(html).toContain('Payment reference: p-1');
    expect(text).toContain('Saturday, 1 August 2026 at 00:30 (Atlantic/Canary)');
  });
});
