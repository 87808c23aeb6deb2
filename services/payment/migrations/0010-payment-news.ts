/** Payments that a provider has said something about which nobody has followed to its end, so that no answer, crowd or killed process loses the money it was about. */
export const paymentNews = {
  name: '0010-payment-news',
  up: [
    // `version` rises with every event and every look: who has followed one version does not put away the next.
    `create table payment_news (
      payment_id uuid primary key references transactions (id) on delete cascade,
      version int not null default 1,
      attempts int not null default 0,
      follow_at timestamptz not null,
      since timestamptz not null default statement_timestamp()
    )`,
    `create index payment_news_due on payment_news (follow_at)`,
  ],
};
