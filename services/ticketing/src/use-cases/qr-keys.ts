import type { TicketingService } from '@boxoffice/contracts';
import type { TicketSigner } from '../crypto/ticket-signer.ts';

/** The public keys that prove codes, newest first; also those that no longer sign, as long as tickets carry them. */
export const qrKeys =
  ({ signer }: { signer: TicketSigner }): TicketingService['qrKeys'] =>
  async () => ({ keys: await signer.publicKeys() });
