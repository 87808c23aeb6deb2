import { eventually } from '@boxoffice/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BankName } from './banks.ts';
import { expectSound, stepsOf } from './books.ts';
import { type Fault, faults } from './faults.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { cards, freshStage, type PaymentProcess, refusalOf, type Stage } from './stage.ts';

let stage: Stage;
/** The process that is broken in the middle of its work, and the one that goes on. */
let broken: PaymentProcess;
let healthy: PaymentProcess;

/** For the tests of this file: every payment is paid at this bank. */
export function payAt(bank: BankName): void {
  beforeAll(async () => {
    stage = await freshStage({ bank });
    // A stopped process hears nothing, not even its own deadlines.
    broken = await stage.process({ PROVIDER_DEADLINE_MS: 10_000, CONFIRM_ANSWER_MS: 50 });
    // Several requests and a real wire are one question there; on a busy machine half a second is no time.
    healthy = await stage.process(bank === 'stripe' ? { PROVIDER_DEADLINE_MS: 5_000 } : {});
  });
  afterAll(() => stage.close());
}

const sound = (sale: { paymentId: string; reservationId: string }) => expectSound(stage.db, stage.booking, sale, stage.bank);

async function begin({ card, meanwhile }: Scenario) {
  broken.world.reset();
  const customer = await stage.customer(broken.payment);
  await meanwhile?.(stage.booking, customer.reservationId);
  const confirm = () =>
    broken.payment.confirmPayment({ paymentId: customer.paymentId, ...stage.bank.paying(card) }, customer.me).catch(() => undefined);
  return { ...customer, confirm };
}

/** The others find the payment and settle it, however many looks that takes. */
const reconciled = (paymentId: string) =>
  eventually(async () => {
    await stage.later(paymentId);
    await healthy.run('reconcile-payments');
    expect(await stage.db.query(`SELECT 1 FROM transactions WHERE id = $1 AND status <> 'PENDING'`, [paymentId])).toHaveLength(1);
  });

/** Everything the broken process had still to write is written. */
const quiet = (paymentId: string) =>
  eventually(async () =>
    expect(await stage.db.query('SELECT 1 FROM payment_steps WHERE payment_id = $1 AND answered_at IS NULL', [paymentId])).toEqual([]),
  );

async function survives(scenario: Scenario, call: number, fault: Fault): Promise<string> {
  const { paymentId, reservationId, confirm } = await begin(scenario);
  broken.world.breakAt(call, fault);
  const answer = confirm();
  if (fault.startsWith('stops')) await broken.world.stopped();
  else
    await eventually(async () => {
      expect(broken.world.calls.length).toBeGreaterThan(call); // it has begun, gone wrong, and let go
      expect(await stage.db.query('SELECT 1 FROM transactions WHERE id = $1 AND driver IS NULL', [paymentId])).toHaveLength(1);
    });
  await reconciled(paymentId);
  const end = await sound({ paymentId, reservationId });
  broken.world.resume(); // a process that was only asleep wakes up and goes on
  await answer;
  await quiet(paymentId);
  expect(await sound({ paymentId, reservationId })).toBe(end);
  return end;
}

/** Money, seats and messages, cell by cell: what the provider says × where the seats are, each with every call of it broken in every way. */
export function endsWellWhateverBreaks(): void {
  describe.each(Object.entries(scenarios))('%s', (_, scenario) => {
    it('makes these calls when nothing goes wrong', async () => {
      const { paymentId, reservationId, confirm } = await begin(scenario);
      await confirm();
      await quiet(paymentId);
      expect(broken.world.calls).toEqual(scenario.calls);
      expect(await sound({ paymentId, reservationId })).toBe(scenario.ends);
    });

    it.each(faults)('ends well when the process or the wire breaks at any call: %s', async (fault) => {
      for (const [call, name] of scenario.calls.entries()) {
        const end = await survives(scenario, call, fault);
        // Only an authorisation that never reached the provider, and that nobody else can send, changes the outcome: nothing was charged, the seats are free.
        const neverArrived = call === 0 && (fault === 'stops before' || fault === 'request lost') && !stage.bank.sendsAgain;
        expect(end, `${fault} ${name}`).toBe(neverArrived ? 'FAILED' : scenario.ends);
      }
    });
  });
}

/** Cards are never stored: who finds a payment later cannot send its authorisation. */
export function cardsAreSentByTheirCustomersOnly(): void {
  describe('an authorisation that is sent by a process everybody thought dead', () => {
    it('finds its key closed: no money is held', async () => {
      const { paymentId, confirm } = await begin({ card: cards.approved, calls: [], ends: 'FAILED' });
      broken.world.breakAt(0, 'stops before');
      const answer = confirm();
      await broken.world.stopped();
      await reconciled(paymentId);
      broken.world.resume();
      await answer;
      await quiet(paymentId);
      expect((await stage.bank.chargeOf(paymentId))?.status).toBe('voided');
      expect(await stepsOf(stage.db, paymentId)).toContain('AUTHORISING declined: voided'); // what the late one was told
    });

    it('is not sent with another card: the question is what became of the first', async () => {
      const { me, paymentId, reservationId, confirm } = await begin({ card: cards.approved, calls: [], ends: 'FAILED' });
      broken.world.breakAt(0, 'stops before');
      const answer = confirm();
      await broken.world.stopped();
      await stage.later(paymentId);
      healthy.world.reset();
      const no = await refusalOf(healthy.payment.confirmPayment({ paymentId, ...stage.bank.paying(cards.capturesAtOnce) }, me));
      expect(no).toEqual({ code: 'PAYMENT_DECLINED', details: { reason: 'not-answered' } });
      expect(healthy.world.calls).toEqual(['lookUp', 'void', 'releaseSeat']);
      broken.world.resume();
      await answer;
      await quiet(paymentId);
      expect(await sound({ paymentId, reservationId })).toBe('FAILED');
    });

    it('is sent again, with the same key, when its customer comes back first', async () => {
      const { me, paymentId, reservationId, confirm } = await begin({ card: cards.approved, calls: [], ends: 'CONFIRMED' });
      broken.world.breakAt(0, 'stops before');
      const answer = confirm();
      await broken.world.stopped();
      await stage.later(paymentId);
      expect(await healthy.payment.confirmPayment({ paymentId, ...stage.bank.paying(cards.approved) }, me)).toMatchObject({ status: 'CONFIRMED' });
      broken.world.resume();
      await answer;
      await quiet(paymentId);
      expect(await sound({ paymentId, reservationId })).toBe('CONFIRMED');
    });
  });
}

/** What is late, asleep or refused. */
export function endsWellWhoeverIsLate(): void {
  describe('seats that are asked for by a process everybody thought dead', () => {
    async function asleepBeforeConfirmSeat() {
      const sale = await begin({ card: cards.approved, meanwhile: (booking, id) => booking.takeOver(id), calls: [], ends: 'FAILED' });
      broken.world.breakAt(1, 'stops before');
      const answer = sale.confirm();
      await broken.world.stopped();
      return { ...sale, answer };
    }

    it('after the payment failed: the reservation stays closed though its seats are free again', async () => {
      const { paymentId, reservationId, answer } = await asleepBeforeConfirmSeat();
      await reconciled(paymentId);
      await stage.booking.letGo(reservationId);
      broken.world.resume();
      await answer;
      await quiet(paymentId);
      expect(await stepsOf(stage.db, paymentId)).toContain('CONFIRMING_SEATS gone');
      expect(await sound({ paymentId, reservationId })).toBe('FAILED');
    });

    it('before the release shuts the door: what was sold comes back', async () => {
      const { paymentId, reservationId, answer } = await asleepBeforeConfirmSeat();
      healthy.world.reset();
      healthy.world.breakAt(2, 'stops before'); // confirmSeat, void, then releaseSeat
      await stage.later(paymentId);
      const run = healthy.run('reconcile-payments');
      await healthy.world.stopped();
      await stage.booking.letGo(reservationId);
      broken.world.resume();
      await answer;
      await eventually(async () => expect(await stage.booking.soldTo(reservationId)).toBe(paymentId));
      healthy.world.resume();
      await run;
      await quiet(paymentId);
      expect(await sound({ paymentId, reservationId })).toBe('FAILED');
      expect(await stage.booking.isFree(reservationId)).toBe(true);
    });
  });

  it('a refund the provider refuses is asked for again until the money is back', async () => {
    const { paymentId, reservationId, confirm } = await begin({
      card: cards.capturesAtOnce,
      meanwhile: (booking, id) => booking.takeOver(id),
      calls: [],
      ends: 'FAILED',
    });
    broken.world.breakAt(2, 'request lost');
    await confirm();
    await quiet(paymentId);
    const [owed] = await stage.db.query<{ status: string; amount_minor: number }>('SELECT status, amount_minor FROM refunds WHERE payment_id = $1', [
      paymentId,
    ]);
    expect(owed).toEqual({ status: 'PENDING', amount_minor: 3000 });
    await reconciled(paymentId);
    expect(await sound({ paymentId, reservationId })).toBe('FAILED');
  });

  it('reconcilers that look at once share the work: no question is asked twice', async () => {
    broken.world.reset();
    healthy.world.reset();
    const late = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const { me, paymentId, reservationId } = await stage.customer(healthy.payment);
        await healthy.payment.confirmPayment({ paymentId, ...stage.bank.paying(cards.late) }, me);
        return { paymentId, reservationId };
      }),
    );
    await Promise.all(late.map(({ paymentId }) => quiet(paymentId))); // whoever was answered PENDING may still have been asking
    await stage.bank.decideLate();
    for (const { paymentId } of late) await stage.later(paymentId);
    healthy.world.calls.length = 0;
    await Promise.all([healthy, broken, healthy, broken].map((process) => process.run('reconcile-payments')));
    for (const payment of late) expect(await sound(payment)).toBe('CONFIRMED');
    const calls = [...healthy.world.calls, ...broken.world.calls];
    for (const name of ['lookUp', 'confirmSeat', 'capture']) expect(calls.filter((call) => call === name)).toHaveLength(30);
  });
}
