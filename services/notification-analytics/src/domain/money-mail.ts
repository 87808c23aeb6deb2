import type { Mail, MailEvent } from './mail.ts';
import { escapeHtml, hello, momentText, moneyText, page } from './mail-text.ts';
import type { Notification, NotificationFacts } from './notification.ts';

/** What a refund's mail knows of its seats: their labels, null for one that is not known, and the service fees that were paid for them. */
export type SeatsOfMail = { labels: readonly (string | null)[]; paidFeeMinor: number };
/** `reference`: what the customer names when paying or asking. */
type Words = { subject: string; paragraphs: string[]; reference: string };

/** A mail about money: how to pay by hand, a payment that failed after the customer had left, a refund, a cancelled event. It says what to do next. */
export function moneyMail(
  to: { name: string | null },
  notification: Pick<Notification, 'kind' | 'paymentId' | 'causeId' | 'facts'>,
  { event, seats }: { event: MailEvent; seats: SeatsOfMail },
): Mail {
  const { subject, paragraphs, reference } = wordsOf(notification, event, seats);
  const about = `${event.name}, ${event.venue}, ${momentText(event.startsAt, event.timeZone)}`;
  return {
    subject: `${subject}: ${event.name}`,
    text: [hello(to.name), '', ...paragraphs.flatMap((paragraph) => [paragraph, '']), about, reference, ''].join('\n'),
    html: page(
      event.name,
      [hello(to.name), ...paragraphs, `${about}\n${reference}`].map((text) => `<p>${escapeHtml(text).replace(/\r?\n/g, '<br>')}</p>`),
    ),
    images: [],
  };
}

type OfMoney = Pick<Notification, 'kind' | 'paymentId' | 'causeId' | 'facts'>;

function wordsOf({ kind, paymentId, causeId, facts }: OfMoney, event: MailEvent, seats: SeatsOfMail): Words {
  const ofPayment = `Payment reference: ${facts.reference ?? paymentId ?? causeId}`;
  switch (kind) {
    case 'payment-awaited':
      return { ...awaitedWords(facts, event), reference: ofPayment };
    case 'payment-refunded':
      return { ...refundWords(facts, seats), reference: ofPayment };
    case 'payment-failed':
      return { ...failureWords(facts), reference: ofPayment };
    case 'cancellation-settled':
      return { ...cancellationWords(facts), reference: `Cancellation reference: ${facts.reference ?? causeId}` };
    case 'tickets':
      throw new Error('The mail with tickets is written by ticketsMail.');
    default:
      return kind satisfies never;
  }
}

const amountOf = (amountMinor: number | undefined, currency: string | undefined): string | undefined =>
  amountMinor === undefined || currency === undefined ? undefined : moneyText(amountMinor, currency);

function awaitedWords({ amountMinor, currency, method, reference, payUntil, instructions }: NotificationFacts, event: MailEvent) {
  const amount = amountOf(amountMinor, currency) ?? 'the amount of your order';
  const until = payUntil === undefined ? 'the end of the time to pay' : momentText(new Date(payUntil), event.timeZone);
  const pay =
    method === 'at-door'
      ? `Your seats are kept for you. Please pay ${amount} at the box office by ${until}.`
      : `Your seats are kept for you. Please transfer ${amount} so that it arrives by ${until}.`;
  const name = reference === undefined ? 'Name the payment reference' : `Name the reference ${reference}`;
  return {
    subject: 'How to pay for your seats',
    paragraphs: [
      pay,
      ...(instructions ? [instructions] : []),
      `${name}: by it your payment is found. Your tickets come by mail as soon as it is. Otherwise your seats go back on sale after that time.`,
    ],
  };
}

const howItComes = 'The money arrives the way you paid, usually within a few days.';

function refundWords({ amountMinor, currency, refundKind = 'seats', feeMinor = 0, seatIds = [] }: NotificationFacts, seats: SeatsOfMail) {
  const amount = amountOf(amountMinor, currency) ?? 'Your payment';
  if (refundKind === 'amount') {
    const nothingElse = 'Your tickets stay valid, and there is nothing for you to do.';
    return { subject: 'Refund', paragraphs: [`The organiser gave you ${amount} back. ${howItComes}`, nothingElse] };
  }
  if (refundKind === 'late-capture') {
    const happened = `A payment that had failed was charged all the same. All of it, ${amount}, was sent back. ${howItComes}`;
    return {
      subject: 'Charge sent back',
      paragraphs: [happened, 'It brought you no tickets. If you still want to come, please choose seats again.'],
    };
  }
  const keptMinor = seats.paidFeeMinor - feeMinor;
  const fees =
    feeMinor > 0 && currency !== undefined
      ? [`That includes ${moneyText(feeMinor, currency)} of service fees.`]
      : keptMinor > 0 && currency !== undefined
        ? [`The service fee of ${moneyText(keptMinor, currency)} is not refunded.`]
        : [];
  return {
    subject: 'Refund',
    paragraphs: [
      [`${amount} was refunded${forSeats(seats.labels, seatIds.length)}.`, ...fees, howItComes].join(' '),
      'The tickets of the refunded seats are no longer valid. There is nothing for you to do.',
    ],
  };
}

/** ' for Platea C 14 and Platea C 15', or their number where a label is missing. */
function forSeats(labels: readonly (string | null)[], count: number): string {
  const known = labels.filter((label) => label !== null);
  if (known.length > 0 && known.length === labels.length) return ` for ${new Intl.ListFormat('en-GB').format(known)}`;
  return count === 0 ? '' : ` for ${count === 1 ? 'one seat' : `${count} seats`}`;
}

function failureWords({ reason, refunded = false }: NotificationFacts) {
  if (reason === 'paid-already') {
    const happened = 'Another payment had paid for your seats already. All of this one was sent back the way you paid; your tickets stay valid.';
    return { subject: 'Second payment sent back', paragraphs: [happened, 'There is nothing for you to do.'] };
  }
  if (reason === 'event-cancelled') {
    const happened = 'The event was cancelled, and with it your order, for which no money had arrived. Nothing was charged; you have no tickets.';
    return { subject: 'Cancelled', paragraphs: [happened, `Please do not pay any more. ${underWay}`] };
  }
  if (reason === 'not-paid') {
    const happened = 'Your payment did not arrive in time, so your seats went back on sale. Nothing was charged; you have no tickets.';
    return {
      subject: 'Your seats are not booked',
      paragraphs: [happened, `Please do not pay any more; if you still want to come, choose seats again. ${underWay}`],
    };
  }
  const happened =
    {
      'seats-gone': 'Your seats went to somebody else before your payment arrived.',
      'not-answered': 'The payment provider did not answer in time.',
      'capture-failed': 'Your bank approved the payment but did not pay.',
    }[reason ?? ''] ?? 'Your payment could not be completed.';
  const money = refunded ? 'All of the money was sent back the way you paid' : 'Nothing was charged';
  return {
    subject: 'Your seats are not booked',
    paragraphs: [`${happened} ${money}; you have no tickets.`, 'If you still want to come, please choose seats again.'],
  };
}

const underWay = 'If your money is under way already, write to the organiser and name the reference below.';

function cancellationWords({ amountMinor = 0, currency, failedMinor = 0, unpaidOrders = 0 }: NotificationFacts) {
  const back = amountMinor > 0 ? [`${amountOf(amountMinor, currency) ?? 'Your money'} was sent back to you. ${howItComes}`] : [];
  const owed =
    failedMinor > 0
      ? [
          `${amountOf(failedMinor, currency) ?? 'Some of your money'} could not be paid back yet. The organiser knows and pays it back by another way or by hand. ` +
            'You need not do anything now; if it has not arrived in two weeks, write to the organiser and name the reference below.',
        ]
      : [];
  const unpaid = unpaidOrders > 0 ? [`What you had ordered and not paid for has ended: please do not pay it any more. ${underWay}`] : [];
  return {
    subject: 'Cancelled',
    paragraphs: [
      'The event below does not take place. Your tickets for it are no longer valid.',
      ...back,
      ...owed,
      ...unpaid,
      ...(owed.length + unpaid.length === 0 ? ['There is nothing for you to do.'] : []),
    ],
  };
}
