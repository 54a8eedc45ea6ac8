// What a drill says of runs, and who may read them meanwhile. Method: a real server, of which one run is damaged.
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { shardOf } from '../../../machines/shard.ts';
import { drill } from '../../../src/compose/backup/drill.ts';
import { definitionOf, openSite, temporaryFolder } from './site.ts';

const definition = definitionOf(`workflow:
  id: waits
  version: 1
  tasks: [{id: go, type: WAIT, signal: go}]
`);

/** What a server says to whoever connects. */
function helloOf(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').once('error', reject);
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
  });
}

async function portIn(folder: string): Promise<number> {
  const [scratch = ''] = await readdir(folder);
  const ports = join(folder, scratch, 'store', 'ports');
  const [file = ''] = await readdir(ports);
  const { nats } = JSON.parse(await readFile(join(ports, file), 'utf8')) as {
    readonly nats: readonly string[];
  };

  return Number(new URL(nats[0] ?? '').port);
}

test('a drill asks for a password, keeps streams once, and does not count what was damaged before', async () => {
  const site = await openSite('drilled');
  const { workflows } = await site.engine();
  const start = { definition, file: 'waits', input: {}, actor: 'test' };
  await workflows.start(start);
  const hurt = await workflows.start(start);
  await expect.poll(async () => (await workflows.view(hurt.run)).state.tasks['go']?.state).toBe('awaiting');
  const raw = await site.raw();
  await raw.publish(`wf.drilled.run.${shardOf(hurt.run)}.${hurt.run}`, { body: 'not a record' });
  vi.stubEnv('WORKFLOW_REPLICAS', '3');
  const folder = await temporaryFolder();
  vi.stubEnv('TMPDIR', folder);
  let hello: Promise<string> | undefined;

  const report = await drill({ projectDir: site.projectDir }, (message) => {
    if (message.startsWith('restoring')) hello ??= portIn(folder).then(helloOf);
  });

  expect(report).toMatchObject({ runs: 2, unsound: [], unsoundBefore: [hurt.run] });
  expect(await hello).toContain('"auth_required":true');
}, 60_000);
