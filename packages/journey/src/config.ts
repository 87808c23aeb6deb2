/** Secrets come by the environment: arguments are for everybody on the machine to read. */
export const secrets = {
  /** What the test provider of the installation signs its webhooks with. */
  webhook: process.env.TEST_PROVIDER_WEBHOOK_SECRET,
};
