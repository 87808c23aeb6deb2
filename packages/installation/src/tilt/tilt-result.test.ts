import { expect, test } from 'vitest';
import { sessionOf } from './tilt-result.ts';

/** What Tilt's sources say that it prints, cut down; nobody has seen it print that yet. */
const printed = {
  Manifests: [
    {
      Name: 'gateway',
      ImageTargets: [
        {
          selector: 'localhost/boxoffice',
          LiveUpdateSpec: {
            basePath: '/repo',
            stopPaths: ['package-lock.json'],
            syncs: [{ localPath: 'packages', containerPath: '/tmp/changed/packages' }],
            execs: [{ args: ['sh', '-c', 'cp -R /tmp/changed/. /app/'] }],
          },
          BuildDetails: { context: '/repo', args: ['SOURCES_OWNER=1000:1000'] },
        },
      ],
      DeployTarget: {
        yaml: 'kind: Deployment\nmetadata: {name: boxoffice-gateway}\n---\nkind: Service\nmetadata: {name: boxoffice-gateway}\n',
        portForwardTemplateSpec: { forwards: [{ localPort: 8000, containerPort: 8000 }] },
        PodReadinessMode: 'wait',
        Links: [{ URL: { Scheme: 'http', Host: '127.0.0.1:8000', Path: '/readyz' } }],
      },
      TriggerMode: 0,
      ResourceDependencies: ['booking'],
      Labels: { services: 'services' },
    },
    {
      Name: 'check',
      ImageTargets: null,
      DeployTarget: { UpdateCmdSpec: { args: ['sh', '-c', 'npm run check'] }, Links: null },
      TriggerMode: 2,
      ResourceDependencies: null,
      Labels: { checks: 'checks' },
    },
    {
      Name: 'uncategorized',
      ImageTargets: null,
      DeployTarget: { yaml: 'kind: Role\nmetadata: {name: lost}\n', Links: null },
      TriggerMode: 0,
      ResourceDependencies: null,
    },
  ],
  CISettings: { timeout: '30m0s', readinessTimeout: '15m0s' },
};

test('what Tilt prints becomes the session that rules look into', () => {
  const { images, resources, loose, ci } = sessionOf(printed);
  expect(images).toEqual([
    {
      ref: 'localhost/boxoffice',
      context: '/repo',
      dockerfile: '/repo/Dockerfile',
      buildArgs: { SOURCES_OWNER: '1000:1000' },
      liveUpdate: {
        fallBackOn: ['/repo/package-lock.json'],
        syncs: [{ from: '/repo/packages', to: '/tmp/changed/packages' }],
        runs: ['cp -R /tmp/changed/. /app/'],
      },
    },
  ]);
  expect(resources).toMatchObject([
    {
      name: 'gateway',
      needs: ['booking'],
      forwards: [{ local: 8000, container: 8000 }],
      links: ['http://127.0.0.1:8000/readyz'],
      startsByItself: true,
      followsFiles: true,
    },
    { name: 'check', command: 'npm run check', objects: [], startsByItself: false, followsFiles: false },
  ]);
  expect(resources[0]?.objects.map(({ kind }) => kind)).toEqual(['Deployment', 'Service']);
  expect(loose.map(({ kind }) => kind)).toEqual(['Role']);
  expect(ci).toEqual({ timeout: '30m0s', readinessTimeout: '15m0s' });
});

test('another shape is refused by the name of what is missing', () =>
  expect(() => sessionOf({ Manifests: [{ Name: 'gateway' }] })).toThrow(/DeployTarget/));
