import { connect } from '@boxoffice/postgres';
import type { PaymentProvider } from '../../src/compose.ts';
import { createTestProvider } from '../../src/provider/test-provider.ts';

/** Payment providers as a process of the kill matrix opens them, each outliving the process that asks it. `setting` says where its books are. */
export const banks = {
  test: async (databaseUrl: string): Promise<PaymentProvider> => {
    const db = await connect({ url: databaseUrl, entities: [], migrations: [], poolMax: 2, applicationName: 'test-provider' });
    return createTestProvider({ db, lateMs: 300 });
  },
};
export type BankName = keyof typeof banks;
