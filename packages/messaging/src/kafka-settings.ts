import { readFileSync } from 'node:fs';
import { ConfigFault } from '@boxoffice/service-kit';
import { z } from 'zod';

/** 'host:port, host:port' as a list. */
const brokersIn = (text: string): string[] =>
  text
    .split(',')
    .map((broker) => broker.trim())
    .filter(Boolean);
const file = (what: string) => z.string().min(1).optional().describe(what);

const wayIn = {
  KAFKA_TLS: z.enum(['on', 'off']).optional().describe('Whether Kafka is reached by TLS; by itself on when KAFKA_CA_FILE is given.'),
  KAFKA_CA_FILE: file("Certificates (PEM) that the brokers' own must come from; without it those every program trusts."),
  KAFKA_CERT_FILE: file("This process' certificate for Kafka (PEM), with KAFKA_KEY_FILE: mutual TLS."),
  KAFKA_KEY_FILE: file('Key (PEM) of KAFKA_CERT_FILE.'),
  KAFKA_USERNAME: z.string().min(1).optional().describe('User at Kafka, by SASL; with KAFKA_PASSWORD.'),
  KAFKA_PASSWORD: z.string().min(1).optional().describe('Secret. Its password.'),
  KAFKA_SASL_MECHANISM: z.enum(['scram-sha-512', 'scram-sha-256', 'plain']).default('scram-sha-512').describe('How the user proves who it is.'),
};
const brokers = z.string().min(1);

/** What a process that cannot do without Kafka is told of it. */
export const kafkaSettings = { KAFKA_BROKERS: brokers.transform(brokersIn).describe('Kafka brokers, host:port, separated by commas.'), ...wayIn };

/** The same for a process that can: KAFKA_BROKERS is not there then. */
export const kafkaSettingsOrNone = (without: string) => ({
  KAFKA_BROKERS: brokers
    .optional()
    .transform((text) => (text === undefined ? undefined : brokersIn(text)))
    .describe(`Kafka brokers, host:port, separated by commas; without them ${without}`),
  ...wayIn,
});

type Settings = { KAFKA_BROKERS: string[] } & z.output<z.ZodObject<typeof wayIn>>;
type Tls = { ca?: string; cert?: string; key?: string };

/** Where Kafka answers, and as whom. */
export type KafkaConnection = {
  brokers: string[];
  tls?: Tls | undefined;
  user?: { mechanism: 'scram-sha-512' | 'scram-sha-256' | 'plain'; username: string; password: string } | undefined;
};

/** The settings as a connection; reads the files. Throws a ConfigFault when a file cannot be read or half of a pair is missing. */
export function kafkaConnection(settings: Settings): KafkaConnection {
  const { KAFKA_USERNAME: username, KAFKA_PASSWORD: password, KAFKA_SASL_MECHANISM: mechanism } = settings;
  if ((username === undefined) !== (password === undefined)) throw new ConfigFault('Give both KAFKA_USERNAME and KAFKA_PASSWORD, or neither.');
  return {
    brokers: settings.KAFKA_BROKERS,
    tls: tlsOf(settings),
    user: username === undefined || password === undefined ? undefined : { mechanism, username, password },
  };
}

/** The same of settings that may name no brokers; undefined then. */
export function kafkaConnectionOrNone(settings: Omit<Settings, 'KAFKA_BROKERS'> & { KAFKA_BROKERS?: string[] | undefined }) {
  const { KAFKA_BROKERS } = settings;
  return KAFKA_BROKERS && kafkaConnection({ ...settings, KAFKA_BROKERS });
}

function tlsOf(settings: Settings): Tls | undefined {
  const { KAFKA_CA_FILE, KAFKA_CERT_FILE, KAFKA_KEY_FILE, KAFKA_TLS = KAFKA_CA_FILE ? 'on' : 'off' } = settings;
  if ((KAFKA_CERT_FILE === undefined) !== (KAFKA_KEY_FILE === undefined))
    throw new ConfigFault('Give both KAFKA_CERT_FILE and KAFKA_KEY_FILE, or neither.');
  const files = { ca: KAFKA_CA_FILE, cert: KAFKA_CERT_FILE, key: KAFKA_KEY_FILE };
  if (KAFKA_TLS === 'off') {
    if (Object.values(files).some(Boolean)) throw new ConfigFault('KAFKA_TLS is off, and a certificate is given: take one of them away.');
    return undefined;
  }
  return Object.fromEntries(Object.entries(files).flatMap(([name, path]) => (path === undefined ? [] : [[name, contentOf(path)]])));
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // Never the content: it may be a key.
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new ConfigFault(`${path} cannot be read (${why}): see KAFKA_CA_FILE, KAFKA_CERT_FILE and KAFKA_KEY_FILE.`);
  }
}
