// What a backup is made of, and what keeps it from being made. Method: a real server, and users of it with few rights.
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { backup } from '../../../src/compose/backup/backup.ts';
import { copyAll, reportOf } from '../../../src/compose/backup/backup-folder.ts';
import { BackupRefused, type StreamCopies } from '../../../src/ports/backup.ts';
import { openStreamCopies } from '../../../src/stores/jetstream/connection/stream-copies.ts';
import { startGuardedServer } from '../../stores/jetstream/guarded-server.ts';
import { definitionOf, openSite, temporaryFolder } from './site.ts';

const definition = definitionOf(`workflow:
  id: waits
  version: 1
  tasks: [{id: go, type: WAIT, signal: go}]
`);

test('a stream of which the server finds messages damaged is copied as it is, and told', async () => {
  const site = await openSite('torn');
  const stream = await site.connect();
  const { ref, text } = definition;
  await stream.definitions.register({ ref, text, file: 'waits.yaml' });
  const copies = await openStreamCopies({ url: site.url, namespace: 'torn' });
  // As the server says it, of a file in which parts are missing.
  const refusing: StreamCopies = {
    ...copies,
    copy: async (name, { isChecked, onPart }) => {
      if (!isChecked) return copies.copy(name, { isChecked, onPart });
      await onPart(Buffer.from('half of it'));
      throw new BackupRefused('backup.unsound', 'snapshot check detected 1 bad messages');
    },
  };
  const folder = await temporaryFolder();

  const manifest = await copyAll(refusing, { folder, namespace: 'torn' }, () => undefined);
  await copies.close();

  expect(reportOf(folder, manifest).damaged).toEqual(['WF_TORN_JOURNAL']);
  const fresh = await openSite('torn');
  await fresh.restore({ folder, manifest });
  expect(await (await fresh.connect()).definitions.byHash(ref.hash)).toMatchObject({ text });
});

test('a user who may not make streams is refused at once', async () => {
  const guarded = await startGuardedServer();
  onTestFinished(guarded.stop);

  for (const user of ['operator', 'observer'])
    await expect(openStreamCopies({ url: guarded.urlOf(user), namespace: 'default' })).rejects.toMatchObject({
      code: 'backup.rights',
    });
});

test('where no folder can be made no server is asked for anything', async () => {
  let asked = 0;
  const server = createServer((socket) => {
    asked += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  vi.stubEnv('NATS_URL', `nats://127.0.0.1:${port}`);
  const projectDir = await temporaryFolder();
  await writeFile(join(projectDir, 'file'), '');

  const made = backup({ projectDir, folder: join(projectDir, 'file', 'monday') }, () => undefined);

  await expect(made).rejects.toMatchObject({ code: 'EEXIST' });
  expect(asked).toBe(0);
});
