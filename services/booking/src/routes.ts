import { Id, plainRoutes, Refusal } from '@boxoffice/contracts';
import { type Route, type RouteCall, type RouteRequest, readBody, userOf } from '@boxoffice/service-kit';
import { TRPCError } from '@trpc/server';
import { planFault } from './domain/faults.ts';
import { mayUploadFor, type UploadSeatingPlan } from './use-cases/upload-seating-plan.ts';

/** The plain HTTP routes of booking: the upload of seating plans. */
export const routes = (uploadSeatingPlan: UploadSeatingPlan): Route[] => [
  {
    spec: plainRoutes.uploadSeatingPlan,
    async handle({ req, res, caller }: RouteCall) {
      const user = userOf(caller);
      const organisationId = organisationOf(req);
      mayUploadFor(user.actor, organisationId); // before a byte of the body
      const text = textOf(await bodyOf(req, plainRoutes.uploadSeatingPlan.maxBodyBytes));
      const plan = await uploadSeatingPlan({ organisationId, text }, user);
      res.writeHead(201, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(plan));
    },
  },
];

function organisationOf({ query }: RouteRequest): string {
  const read = Id.safeParse(query.organisationId);
  if (read.success) return read.data.toLowerCase();
  throw new TRPCError({ code: 'BAD_REQUEST', message: 'Name the organisation: ?organisationId=…' });
}

async function bodyOf(req: RouteRequest, maxBytes: number): Promise<Buffer> {
  try {
    return await readBody(req, maxBytes);
  } catch (error) {
    if (error instanceof TRPCError && error.code === 'PAYLOAD_TOO_LARGE') throw new Refusal('SEATING_PLAN_TOO_LARGE', { maxBytes });
    throw error;
  }
}

function textOf(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw planFault('is not UTF-8 text');
  }
}
