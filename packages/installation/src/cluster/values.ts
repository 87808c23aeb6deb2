/** Two of everything that serves, as small as it runs: what a test proves on a laptop's cluster. */
export const smallValues = {
  gateway: two(),
  booking: two(),
  identity: two(),
  payment: two(),
  ticketing: two(),
  notificationAnalytics: small(128),
  auditor: small(128),
  reaper: small(64),
  setup: small(64),
  postgres: small(256),
  redis: small(32),
  kafka: small(384),
};

function small(memoryMi: number) {
  return { resources: { requests: { cpu: '20m', memory: `${memoryMi}Mi` } } };
}

function two() {
  return { replicas: 2, ...small(128) };
}

/** `image` of the chart's values for REGISTRY/NAME:TAG; throws an Error that says how it is written. */
export function imageValues(reference: string): { registry: string; repository: string; tag: string } {
  const { registry, repository, tag } = /^(?<registry>[^/:]+(?::\d+)?)\/(?<repository>[^:@]+):(?<tag>[\w.-]+)$/.exec(reference)?.groups ?? {};
  if (!registry || !repository || !tag)
    throw new Error(`${reference} is no image: write it as REGISTRY/NAME:TAG, for example localhost/boxoffice:dev.`);
  return { registry, repository, tag };
}

/** Values as arguments of helm; an upgrade merges them into those of the release. */
export const valuesArgs = (values: object): string[] =>
  Object.entries(values).flatMap(([name, value]) => ['--set-json', `${name}=${JSON.stringify(value)}`]);
