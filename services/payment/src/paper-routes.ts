import { Id, plainRoutes, Refusal } from '@boxoffice/contracts';
import { type Route, type RouteCall, userOf } from '@boxoffice/service-kit';
import type { OrderDeps } from './deps.ts';
import { sendFile } from './send-file.ts';
import { orderCalendar, orderPapers } from './use-cases/order-papers.ts';

/** What people take with them of an order. */
export const paperRoutes = (deps: OrderDeps): Route[] => [
  { spec: plainRoutes.orderPdf, handle: (call) => sendPaper(call, { type: 'application/pdf', file: 'order.pdf' }, orderPapers(deps)) },
  {
    spec: plainRoutes.orderCalendar,
    handle: (call) => sendPaper(call, { type: 'text/calendar; charset=utf-8', file: 'event.ics' }, orderCalendar(deps)),
  },
];

async function sendPaper({ req, res, caller }: RouteCall, { type, file }: { type: string; file: string }, paper: ReturnType<typeof orderPapers>) {
  const paymentId = Id.safeParse(req.params.paymentId);
  if (!paymentId.success) throw new Refusal('PAYMENT_NOT_FOUND', {});
  const body = await paper({ paymentId: paymentId.data }, userOf(caller));
  sendFile(res, { body, type, disposition: `inline; filename="${file}"` });
}
