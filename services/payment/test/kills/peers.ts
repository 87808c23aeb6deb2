import { type TicketingService, ticketingApi } from '@boxoffice/contracts';
import { SeatAllocationService } from '@boxoffice/contracts/grpc';
import { createCallerReader, createLogger, createMetrics, grpcServer, httpServer, loadServiceIdentity } from '@boxoffice/service-kit';
import type { Stage } from '../stage.ts';

/** Booking and ticketing of a stage where processes of their own reach them: over gRPC and HTTP, with service tokens. */
export interface Peers {
  grpcPort: number;
  ticketingUrl: string;
  close(): Promise<void>;
}

/** `keys` is a folder of service keys. */
export async function servePeers({ booking, ticketing }: Stage, keys: string): Promise<Peers> {
  const edgesOf = async (name: 'booking' | 'ticketing') => {
    const { trusted } = await loadServiceIdentity({ name, keyFile: `${keys}/${name}.key.json`, trustFile: `${keys}/trust.json` });
    const callers = createCallerReader({ audience: name, jwks: async () => ({ keys: [] }), trusted });
    return { callers, logger: createLogger({ service: name, level: 'silent' }), metrics: createMetrics(name) };
  };
  const { implementation } = booking;
  const seats = grpcServer({ service: SeatAllocationService, implementation, port: 0, host: '127.0.0.1', ...(await edgesOf('booking')) });
  await seats.start();
  const api = { ticketing: ticketing.ticketing as TicketingService }; // payment asks for nothing else of it
  const doors = httpServer({ name: 'ticketing', router: ticketingApi, api, routes: [], ready: async () => {}, ...(await edgesOf('ticketing')) });
  const ticketingUrl = await doors.listen(0, '127.0.0.1');
  return { grpcPort: seats.port(), ticketingUrl, close: async () => void (await Promise.all([seats.stop(), doors.close()])) };
}
