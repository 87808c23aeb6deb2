/** What staff did, and the new kinds of mail. */
export const auditLog = {
  name: '0003-audit-log',
  up: [
    // The id is the message's: made when the action was said, so that newest first is by id.
    `create table audit_log (
      id uuid primary key,
      organisation_id uuid not null,
      event_id uuid,
      user_id uuid not null,
      action text not null,
      subject text not null,
      reason text check (length(reason) <= 200),
      detail text check (length(detail) <= 200),
      at timestamptz not null
    )`,
    `create index audit_log_of_organisation on audit_log (organisation_id, id)`,
    `create index audit_log_of_event on audit_log (organisation_id, event_id, id) where event_id is not null`,
    `create index audit_log_of_action on audit_log (organisation_id, action, id)`,
    // Whoever has this database's ordinary role adds to the log and changes nothing in it.
    `create function audit_log_only_grows() returns trigger language plpgsql as $$ begin raise exception 'the audit log only grows'; end $$`,
    `create trigger audit_log_only_grows before update or delete or truncate on audit_log for each statement execute function audit_log_only_grows()`,
    `alter table notifications drop constraint notifications_kind_check`,
    `alter table notifications add constraint notifications_kind_check
       check (kind in ('tickets', 'payment-awaited', 'payment-failed', 'payment-refunded', 'cancellation-settled'))`,
    // The mail about a cancelled event is about a customer's orders, however many.
    `alter table notifications alter column payment_id drop not null`,
    `alter table notifications add constraint notifications_of_payment check (payment_id is not null or kind = 'cancellation-settled')`,
    `create index notifications_of_payment on notifications (payment_id, created_at) where kind = 'tickets'`,
    // Which seats a refund's mail speaks of, the service fee that was paid for each, and whether the event's cancellation gave them back.
    `alter table analytics add column label text, add column fee_minor int not null default 0, add column cancellation_id uuid`,
    // Whose a paid order is: who may have its tickets sent again. Its row serialises that.
    `create table orders (
      payment_id uuid primary key,
      user_id uuid not null,
      event_id uuid not null,
      organisation_id uuid not null
    )`,
    `create index orders_of_user on orders (user_id, event_id)`,
    `insert into orders select n.payment_id, n.user_id, n.event_id, e.organisation_id from notifications n join event_facts e using (event_id) where n.kind = 'tickets'`,
  ],
};
