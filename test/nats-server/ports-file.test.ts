// A server on free ports tells them in a file named after its pid. Killed servers leave theirs behind, and pids
// come again. Method: files as the server writes them, for a living and a dead process.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { readPorts, removeStalePorts } from '../../src/nats-server/ports-file.ts';

const TEXT = '{"nats":["nats://127.0.0.1:37737"],"monitoring":["http://127.0.0.1:41569"]}';

test('gives the port and the monitor of the process asked for', async () => {
  const folder = await portsFolder({
    'nats-server_7.ports': TEXT,
    'nats-server_77.ports': '{"nats":["nats://h:1"]}',
  });

  expect(await readPorts(folder, 7)).toEqual({ port: 37737, monitorUrl: 'http://127.0.0.1:41569' });
  expect(await readPorts(folder, 77)).toEqual({ port: 1 });
});

test.each([
  ['is not there', {}],
  ['is half written', { 'nats-server_7.ports': TEXT.slice(0, 20) }],
  ['is empty', { 'nats-server_7.ports': '' }],
  ['names no port', { 'nats-server_7.ports': '{"nats":[]}' }],
])('gives nothing while the file %s', async (_, files) => {
  expect(await readPorts(await portsFolder(files), 7)).toBeUndefined();
});

test('forgets the ports of the dead and keeps those of the living', async () => {
  const { stdout: dead } = await execa('sh', ['-c', 'echo $$']);
  const living = `nats-server_${process.pid}.ports`;
  const folder = await portsFolder({ [`nats-server_${dead}.ports`]: TEXT, [living]: TEXT, 'a-note': '' });

  await removeStalePorts(folder);

  expect((await readdir(folder)).sort()).toEqual(['a-note', living].sort());
});

async function portsFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-ports-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);

  return folder;
}
