import type { PaymentProvider } from '@boxoffice/payment/questions';
import type { Guarded } from './guards.ts';
import type { World } from './world.ts';

type Answer = Awaited<ReturnType<PaymentProvider['capture']>>;
export type Charge = {
  key: string;
  amountMinor: number;
  status: 'pending' | 'authorised' | 'declined' | 'captured' | 'voided' | 'refunded';
  approveAt: number;
  captureFails: boolean;
  captureKey: string | null;
  refundKey: string | null;
};

/** What a card does; its last digits name it. */
export const cards = { approved: '…4242', declined: '…0002', late: '…3220', captureFails: '…0127', capturesAtOnce: '…0077' };
const lateMs = 20_000;

/** The outside world: a payment provider with the behaviour of services/payment/src/provider/test-provider.ts, one atomic step per call. */
export class Bank {
  readonly charges: Charge[] = [];
  readonly #world: World;
  readonly #guarded: Guarded;

  constructor(world: World, guarded: Guarded) {
    this.#world = world;
    this.#guarded = guarded;
  }

  authorise({ key, payWith: { card }, amountMinor }: { key: string; payWith: { card?: string | undefined }; amountMinor: number }): Answer {
    if (!this.#chargeOf(key) || !this.#guarded('charge-key')) {
      const status =
        card === cards.declined ? 'declined' : card === cards.late ? 'pending' : card === cards.capturesAtOnce ? 'captured' : 'authorised';
      const captureFails = card === cards.captureFails;
      this.charges.push({ key, amountMinor, status, approveAt: this.#world.now + lateMs, captureFails, captureKey: null, refundKey: null });
    }
    return this.lookUp({ charge: key });
  }

  capture({ key, charge }: { key: string; charge: string }): Answer {
    const found = this.#chargeOf(charge);
    if (found?.status === 'authorised' && !found.captureFails) Object.assign(found, { status: 'captured', captureKey: key });
    if (found?.status !== 'captured') return { kind: 'declined', reason: 'card-declined' };
    return found.captureKey === key ? { kind: 'approved' } : { kind: 'declined', reason: 'captured-already' };
  }

  /** A key nobody has used yet is closed as well: the request that still travels finds it voided. */
  void({ charge }: { charge: string }): Answer {
    const found = this.#chargeOf(charge);
    if (!found)
      this.charges.push({ key: charge, amountMinor: 0, status: 'voided', approveAt: 0, captureFails: false, captureKey: null, refundKey: null });
    else if (found.status === 'pending' || found.status === 'authorised') found.status = 'voided';
    return found?.status === 'captured' ? { kind: 'declined', reason: 'captured-already' } : { kind: 'approved' };
  }

  refund({ key, charge }: { key: string; charge: string }): Answer {
    const found = this.#chargeOf(charge);
    if (found?.status === 'captured') Object.assign(found, { status: 'refunded', refundKey: key });
    return found?.refundKey === key ? { kind: 'approved' } : { kind: 'declined', reason: 'card-declined' };
  }

  lookUp({ charge }: { charge: string }): Answer {
    const found = this.#chargeOf(charge);
    if (!found) return { kind: 'absent' };
    if (found.status === 'pending') return { kind: 'pending' };
    if (found.status === 'declined') return { kind: 'declined', reason: 'card-declined' };
    if (found.status === 'voided' || found.status === 'refunded') return { kind: 'declined', reason: 'voided' };
    return { kind: 'approved', captured: found.status === 'captured' };
  }

  #chargeOf(key: string): Charge | undefined {
    const found = this.charges.findLast((charge) => charge.key === key);
    if (found?.status === 'pending' && found.approveAt <= this.#world.now) found.status = 'authorised';
    return found;
  }
}
