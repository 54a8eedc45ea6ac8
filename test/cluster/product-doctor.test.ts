// What `workflow doctor` says of a cluster: of every server whether it syncs every write, and of the streams whether
// they are kept as often as asked, led, and whole. Method: three real servers of which some are killed, servers that
// are configured otherwise, and the built command line.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { streamLines } from '../../src/compose/doctor/doctor.ts';
import { durabilityLines } from '../../src/compose/doctor/doctor-durability.ts';
import { builtCli, type Finished, runProgram } from '../e2e/station.ts';
import { freshNamespace } from '../stores/jetstream/open-jetstream.ts';
import { startTestCluster, type TestCluster } from '../support/cluster.ts';
import { startTestServer } from '../support/nats.ts';

let cluster: TestCluster;
let folder: string;
beforeAll(async () => {
  cluster = await startTestCluster();
  folder = await mkdtemp(join(tmpdir(), 'workflow-doctor-'));
});
afterAll(async () => {
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
});

const always = 'every acknowledged event is on disk (sync_interval: always)';

test('says of every server of a cluster that it syncs, and that the streams are kept three times', async () => {
  const asked = { WORKFLOW_REPLICAS: '3' };
  // Streams that have just been created reach their other servers a moment later.
  await expect
    .poll(async () => (await doctor(asked)).stdout, { timeout: 40_000 })
    .toMatch(/streams +\d, 3 replicas of each, all current/);
  const { code, stdout } = await doctor(asked);

  for (const name of ['n1', 'n2', 'n3'])
    expect(stdout).toMatch(new RegExp(`durability +${name} \\(127.*\\): `));
  expect(stdout.split(always)).toHaveLength(4);
  expect(code).toBe(0);
}, 60_000);

test('warns of streams that are kept once on a cluster, and says how to mend it', async () => {
  const { code, stdout } = await doctor({ WORKFLOW_NAMESPACE: freshNamespace() });

  expect(stdout).toMatch(/warn streams +one copy on a cluster.*_JOURNAL/);
  expect(stdout).toContain('set WORKFLOW_REPLICAS=3');
  expect(code).toBe(0);
}, 60_000);

test('one named server is enough to learn of all, and a monitor that cannot be seen is said to be missing', async () => {
  const lines = await durabilityLines({ url: cluster.urls[0] ?? '' }, cluster.servers[1].monitorUrl());

  expect(lines).toHaveLength(3);
  expect(lines.filter(({ status }) => status === 'ok')).toEqual([
    { name: 'durability', status: 'ok', detail: expect.stringContaining('n2') },
  ]);
  expect(lines.find(({ status }) => status === 'warn')).toMatchObject({
    detail: expect.stringContaining('does not show whether it syncs every write'),
    fix: expect.stringContaining('NATS_MONITOR_URL'),
  });
});

test('fails a server that does not sync every write, whatever the others do', async () => {
  const careless = await startTestServer({ conf: 'http: "127.0.0.1:-1"' });
  const urls = `${careless.url},${cluster.urls[0]}`;
  const monitors = [careless, ...cluster.servers].map((server) => server.monitorUrl()).join(', ');
  const lines = await durabilityLines({ url: urls }, monitors);
  await careless.stop();

  expect(lines.map(({ status }) => status)).toEqual(['fail', 'ok', 'ok', 'ok']);
  expect(lines[0]).toMatchObject({
    detail: expect.stringContaining('may be lost'),
    fix: expect.stringContaining('always'),
  });
});

test('a number of replicas that none can have is wrong use', async () => {
  const { code, stderr } = await doctor({ WORKFLOW_REPLICAS: '2' });

  expect(stderr).toContain('WORKFLOW_REPLICAS is "2"');
  expect(code).toBe(2);
}, 60_000);

test('names the server that is down, and fails when nothing can be stored', async () => {
  await cluster.servers[2].kill9();
  const one = await doctor({ WORKFLOW_REPLICAS: '3' });
  expect(one.stdout).toMatch(/warn durability +server \(127.*\): does not answer/);
  expect(one.code).toBe(0);
  // The leader of a stream takes some seconds to notice.
  const later = async () => (await doctor({ WORKFLOW_REPLICAS: '3' })).stdout;
  await expect
    .poll(later, { timeout: 100_000, interval: 1_000 })
    .toMatch(/warn streams +n3 is behind, or down: .*_JOURNAL/);

  await cluster.servers[1].kill9();
  const two = await doctor({ WORKFLOW_REPLICAS: '3' });
  expect(two.stdout.split('does not answer').length).toBeGreaterThan(2);
  expect(two.stdout).toMatch(/fail (nats|streams|store) /);
  expect(two.code).not.toBe(0);
}, 240_000);

test('names a stream that lost messages to damage', () => {
  const stream = {
    stream: 'WF_X_JOURNAL',
    replicas: 3,
    isOnCluster: true,
    leader: 'n1',
    behind: [],
    lost: 2,
    gaps: [],
  };

  expect(streamLines([stream], 3)).toMatchObject([
    {
      name: 'streams',
      status: 'fail',
      detail: 'WF_X_JOURNAL has lost 2 messages to damage on the disk of n1',
    },
  ]);
});

function doctor(env: Readonly<Record<string, string>>): Promise<Finished> {
  const monitors = cluster.servers.map((server) => server.monitorUrl()).join(',');
  const known = { NATS_URL: cluster.url, NATS_MONITOR_URL: monitors, LANG: 'C.UTF-8' };

  return runProgram(builtCli, ['doctor'], { cwd: folder, env: { ...known, ...env } });
}
