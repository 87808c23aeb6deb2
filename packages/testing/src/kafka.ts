import { randomBytes } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, findOnPath, installByApt, madeOnce, runCommand } from './engines/install.ts';
import { freePort } from './engines/port.ts';
import { type ServerProcess, startServer } from './engines/process.ts';

/** A Kafka broker of our own: one node, KRaft, no topics made on demand. */
export interface KafkaServer {
  brokers: string[];
  port: number;
  /** Ends it for good and removes its folder when that was a temporary one. */
  stop(): Promise<void>;
  /** `kill -9`; `restart()` brings it back. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data (ending it first when it runs). */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open, nobody answers. */
  pause(): void;
  resume(): void;
}

const version = '4.4.0';
const recipes = join(dirname(fileURLToPath(import.meta.url)), 'engines');
// Serial GC and C1 only: starts sooner and stays small (172 MB resident).
const jvm = [
  '-Xms128m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xshare:auto',
  '-Djava.awt.headless=true',
  `-Dlog4j2.configurationFile=${join(recipes, 'log4j2.yaml')}`,
];

/** Finds or fetches the broker's jars (Maven, 43 MB, once) and checks for Java; throws an Error that says what to install. Answers the folder of the jars. */
export async function prepareKafka(): Promise<string> {
  await need('java', 'openjdk-17-jre-headless');
  return madeOnce(`kafka-${version}`, async (fresh) => {
    await need('mvn', 'maven');
    console.log(`engines: fetching Kafka ${version} with Maven → ${cacheFolder()}`);
    const pom = join(recipes, 'pom.xml');
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${fresh}`];
    await runCommand('mvn', ['-B', '-q', '-f', pom, ...goal]).catch((cause: unknown) => {
      throw new Error(`no Kafka: Maven could not fetch its jars with ${pom}`, { cause });
    });
  });
}

async function need(command: string, debianPackage: string): Promise<void> {
  if (findOnPath(command) !== undefined) return;
  const installed = await installByApt(debianPackage).catch(() => false);
  if (!installed || findOnPath(command) === undefined)
    throw new Error(`no Kafka: install ${command} (Java 17 or newer and Maven, e.g. apt-get install ${debianPackage})`);
}

export interface KafkaOptions {
  port?: number;
  folder?: string;
  /** It tells its clients to come there: a proxy's. */
  advertisedPort?: number;
  /** It takes this user by SCRAM-SHA-512 over TLS alone; clients know it by `ca.crt` in its folder. */
  user?: { name: string; password: string };
}

/** Starts a broker on 127.0.0.1 (3–5 s with a new folder, 3 s again); its controller listens on the next port. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const libs = await prepareKafka();
  const port = options.port ?? (await freePort(2));
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'boxoffice-kafka-')));
  const { java, properties } = await formatted(folder, { port, advertisedPort: options.advertisedPort ?? port, libs, user: options.user });
  const logFile = join(folder, 'broker.log');
  const ready = async () => (await readFile(logFile, 'utf8')).includes('Kafka Server started');
  const start = () => startServer(['java', ...java, 'kafka.Kafka', properties], { logFile, withinMs: 60_000, ready });
  let server: ServerProcess = await start();
  return {
    brokers: [`127.0.0.1:${options.advertisedPort ?? port}`],
    port,
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    async stop() {
      server.signal('SIGCONT');
      await server.end(10_000);
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
    kill: () => server.end(0),
    async restart() {
      await server.end(10_000);
      server = await start();
    },
  };
}

type Broker = { port: number; advertisedPort: number; libs: string; user: KafkaOptions['user'] };

/** A folder ready for a broker: its configuration, and its storage formatted at the first start. */
async function formatted(folder: string, { port, advertisedPort, libs, user }: Broker): Promise<{ java: string[]; properties: string }> {
  await mkdir(folder, { recursive: true });
  const properties = join(folder, 'server.properties');
  const template = await readFile(join(recipes, 'server.properties'), 'utf8');
  await writeFile(
    properties,
    template
      .replaceAll('@DIR@', folder)
      .replaceAll('@PORT@', String(port))
      .replaceAll('@CPORT@', String(port + 1))
      .replaceAll('@ADVERTISED@', String(advertisedPort)) + (user ? await securedBy(folder, user) : ''),
  );
  const java = [...jvm, '-cp', join(libs, '*')];
  const scram = user ? ['--add-scram', `SCRAM-SHA-512=[name=${user.name},password=${user.password}]`] : [];
  if (!(await exists(join(folder, 'data', 'meta.properties'))))
    await runCommand('java', [...java, 'kafka.tools.StorageTool', 'format', '-t', clusterId(), '-c', properties, '--ignore-formatted', ...scram]);
  return { java, properties };
}

/** Lines after which the listener of clients is SASL over TLS, with a certificate made here; later lines of a file win. */
async function securedBy(folder: string, { name, password }: { name: string; password: string }): Promise<string> {
  await need('openssl', 'openssl');
  const [key, certificate] = [join(folder, 'broker.key'), join(folder, 'ca.crt')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  await runCommand('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate, ...subject]);
  const inline = async (file: string) => (await readFile(file, 'utf8')).trim().replaceAll('\n', '\\n\\\n');
  const login = `org.apache.kafka.common.security.scram.ScramLoginModule required username="${name}" password="${password}";`;
  return `
listener.security.protocol.map=PLAINTEXT:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.plaintext.scram-sha-512.sasl.jaas.config=${login}
ssl.keystore.type=PEM
ssl.keystore.certificate.chain=${await inline(certificate)}
ssl.keystore.key=${await inline(key)}
ssl.truststore.type=PEM
ssl.truststore.certificates=${await inline(certificate)}
`;
}

/** 16 bytes in base64url; a zero in front, because an id that begins with a dash would be read as an option. */
const clusterId = (): string => Buffer.concat([Buffer.of(0), randomBytes(15)]).toString('base64url');

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
