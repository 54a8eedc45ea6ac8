// A folder may hold more than fits into memory. Method: 20,000 files with paths of a thousand characters (so that the
// list alone is larger than the heap) are scanned and validated in a thread with a small heap, which ends the thread
// when it is full.
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { temporaryProject } from '../files/temporary-project.ts';

const files = 20_000;
const heapMb = 20;

test('scans and validates a folder whose list is larger than the heap', { timeout: 120_000 }, async () => {
  const projectDir = await temporaryProject();
  const deep = Array.from({ length: 4 }, (_, depth) => String(depth).repeat(245)).join('/');
  for (let folder = 0; folder < files / 500; folder += 1) {
    const path = join(projectDir, 'in', deep, String(folder));
    await mkdir(path, { recursive: true });
    await Promise.all(Array.from({ length: 500 }, (_, name) => writeFile(join(path, `${name}.txt`), '')));
  }

  const thread = new Worker(new URL('./scan-and-validate.ts', import.meta.url), {
    workerData: {
      projectDir,
      folder: 'in',
      rules: { required_files: ['**/39/499.txt'], forbidden: ['*.tmp'] },
    },
    execArgv: ['--import', new URL('../support/typescript.mjs', import.meta.url).href],
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
  const [{ scan, validation }] = await once(thread, 'message');

  expect(scan).toMatchObject({ total_files: files, file_list: { count: files }, unreadable_total: 0 });
  expect(validation).toMatchObject({ compliance_status: 'PASS', checked_files: files });
});
