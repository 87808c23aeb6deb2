import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { chartFolder, helm } from './helm.ts';
import { type KubernetesObject, nameOf, objectsIn } from './objects.ts';

const folder = path.resolve(chartFolder, '../examples');
const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));
const objects = (await Promise.all(files.map(async (name) => objectsIn(await readFile(path.join(folder, name), 'utf8'))))).flat();
const ofKind = (kind: string): KubernetesObject[] => objects.filter((object) => object.kind === kind);
const values = parse(await readFile(path.join(chartFolder, 'ci/external-engines-values.yaml'), 'utf8'));
const defaults = parse(await readFile(path.join(chartFolder, 'values.yaml'), 'utf8'));

/** Keys of the Secret that CloudNativePG writes for an application, <cluster>-app. */
const cloudNativePgKeys = ['username', 'user', 'password', 'dbname', 'host', 'port', 'uri', 'jdbc-uri', 'pgpass'];

test('every example is objects with names, in one namespace, none twice', () => {
  expect(objects.length).toBeGreaterThan(15);
  for (const object of objects) expect(object).toMatchObject({ apiVersion: expect.any(String), metadata: { namespace: 'boxoffice' } });
  expect(new Set(objects.map(nameOf)).size).toBe(objects.length);
});

describe('PostgreSQL', () => {
  const { external } = values.postgres;
  const services = ['booking', 'identity', 'payment', 'ticketing', 'notificationAnalytics'];
  const clusterOf = (service: string) => ofKind('Cluster').find(({ metadata }) => `${metadata.name}-app` === external[service].existingSecret);

  test.each(services)('of %s: the cluster whose Secret the values name has its database, owned by its role', async (service) => {
    const { output } = await helm(3, 'template', 'hall', chartFolder);
    const component = service.replace('A', '-a');
    const deployment = objectsIn(output).find((object) => nameOf(object) === `Deployment/hall-boxoffice-${component}`);
    const { value } = deployment.spec.template.spec.containers[0].env.find(({ name }: KubernetesObject) => name === 'DATABASE_URL');
    const [, role, database] = /^postgres:\/\/(\w+):.*\/(\w+)$/.exec(value) ?? [];
    expect(clusterOf(service)?.spec.bootstrap.initdb).toMatchObject({ database, owner: role });
  });

  test('every cluster is used by one service, is kept on several machines and is backed up', () => {
    expect(new Set(services.map(clusterOf)).size).toBe(ofKind('Cluster').length);
    for (const { metadata, spec } of ofKind('Cluster')) {
      expect(spec.postgresql.synchronous.number).toBeLessThan(spec.instances);
      const backup = ofKind('ScheduledBackup').find((object) => object.spec.cluster.name === metadata.name);
      expect(backup?.spec.pluginConfiguration.name).toBe(spec.plugins[0].name);
      expect(spec.plugins[0].parameters.barmanObjectName).toBe(ofKind('ObjectStore')[0].metadata.name);
    }
  });

  test('the keys that the chart reads are those that the operator writes', () => {
    expect(Object.values(defaults.postgres.external.keys).filter((key) => !cloudNativePgKeys.includes(String(key)))).toEqual([]);
  });

  test("the auditor's role has the password that the auditor is given", () => {
    for (const { spec } of ofKind('Cluster'))
      expect(spec.managed.roles).toMatchObject([{ name: 'auditor', passwordSecret: { name: external.auditor.existingSecret } }]);
  });

  test("certificates are those of the clusters, for the hosts that their Secrets name, from the chart's authority", () => {
    for (const { metadata, spec } of ofKind('Cluster')) {
      const certificate = ofKind('Certificate').find((object) => object.spec.secretName === spec.certificates.serverTLSSecret);
      expect(certificate?.spec.dnsNames).toEqual(expect.arrayContaining([`${metadata.name}-rw`, `${metadata.name}-rw.boxoffice`]));
      expect(spec.certificates.serverCASecret).toBe(external.caSecret.name);
      const issuer = ofKind('Issuer').find((object) => object.metadata.name === certificate?.spec.issuerRef.name);
      expect(issuer?.spec.ca.secretName).toBe(external.caSecret.name);
    }
  });
});

describe('Kafka', () => {
  const { external } = values.kafka;
  const [kafka] = ofKind('Kafka');
  const [user] = ofKind('KafkaUser');
  const [pool] = ofKind('KafkaNodePool');

  test('the values name its listener, its authority and its user', () => {
    const [listener] = kafka.spec.kafka.listeners;
    expect(external).toMatchObject({
      bootstrapServers: `${kafka.metadata.name}-kafka-bootstrap:${listener.port}`,
      authentication: listener.authentication.type,
      username: user.metadata.name,
      existingSecret: user.metadata.name,
      tls: { enabled: listener.tls, caSecret: `${kafka.metadata.name}-cluster-ca-cert` },
    });
    expect(user.spec.authentication.type).toBe(listener.authentication.type);
    expect([user, pool].map(({ metadata }) => metadata.labels['strimzi.io/cluster'])).toEqual([kafka.metadata.name, kafka.metadata.name]);
  });

  test('there are brokers for as many copies as the values want', () => {
    expect(pool.spec.replicas).toBeGreaterThanOrEqual(external.replicationFactor);
    expect(kafka.spec.kafka.config['min.insync.replicas']).toBeLessThan(external.replicationFactor);
  });
});
