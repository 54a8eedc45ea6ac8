// An answer is taken by a rename, and only as it was seen. Method: a file in a folder, and what it was seen as.
import { stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { takeFile } from '../../src/file-queue/outbox.ts';
import { signatureOf } from '../../src/file-queue/read-whole.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { filesOf } from './file-world.ts';

const name = 'response-r-t.yaml';
const taker = { pid: process.pid, id: 'ab12' };

async function answerSeen() {
  const at = await temporaryProject({ [name]: 'one' });
  const seen = { signature: signatureOf(await stat(`${at}/${name}`)), sinceMs: 0, notBeforeMs: 0 };

  return { files: filesOf(at), take: () => takeFile(taker, { at, name, seen }, new Set()) };
}

test('a file that is as it was seen is taken, and by one only', async () => {
  const { files, take } = await answerSeen();
  const taken = await take();

  expect(await files.names('.')).toEqual([taken]);
  expect(await take()).toBeUndefined();
});

test('a file that was written to after it was seen stays', async () => {
  const { files, take } = await answerSeen();
  await files.write(name, 'one and more');

  expect(await take()).toBeUndefined();
  expect(await files.names('.')).toEqual([name]);
});
