import { Id, plainRoutes, Refusal } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { openEventStream, type Route, userOf } from '@boxoffice/service-kit';
import { imageOfUser } from './persistence/tickets.ts';
import type { TicketFeed } from './ticket-feed.ts';

/** The image and the stream of the caller's tickets. */
export const routes = ({ db, feed }: { db: Database; feed: TicketFeed }): Route[] => [
  {
    spec: plainRoutes.ticketQrImage,
    /** Refuses TICKET_NOT_FOUND, also for somebody else's. */
    async handle({ req, res, caller }) {
      const ticketId = Id.safeParse(req.params.ticketId);
      const image = ticketId.success ? await imageOfUser(db, { ticketId: ticketId.data, userId: userOf(caller).actor.userId }) : undefined;
      if (!image) throw new Refusal('TICKET_NOT_FOUND', {});
      res.writeHead(200, { 'content-type': 'image/png', 'content-length': image.length, 'cache-control': 'private, max-age=300' }).end(image);
    },
  },
  {
    spec: plainRoutes.liveTickets,
    /** Refuses OVERLOADED and RATE_LIMITED before the stream starts. */
    async handle({ req, res, caller, signal }) {
      await feed.follow({
        userId: userOf(caller).actor.userId,
        after: positionOf(req.headers['last-event-id']),
        open: () => openEventStream(res, signal),
      });
    },
  },
];

/** What a reader saw last; anything but a position of ours counts as nothing. */
const positionOf = (lastEventId: string | string[] | undefined): number | undefined =>
  typeof lastEventId === 'string' && /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : undefined;
