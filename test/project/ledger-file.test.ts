// The file of a ledger outlives the processes that write to it. Method: real files in a temporary project, several
// writers on one file, lines that a crash tore, and a file that is rewritten while another process holds the old one.
import { appendFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createLedgerFile } from '../../src/project/ledger-file.ts';
import { ledgerFileContract } from '../contract/ledger-file-contract.ts';

async function openFiles(...names: readonly string[]) {
  const projectDir = await mkdtemp(join(tmpdir(), 'workflow-ledger-file-'));
  onTestFinished(() => rm(projectDir, { recursive: true, force: true }));
  const folder = join(projectDir, '.3ox', 'ledger');

  return { folder, files: names.map((name) => createLedgerFile({ projectDir, name })) };
}
type File = ReturnType<typeof createLedgerFile>;

const linesIn = async (file: File) => (await file.read()).filter((line) => line !== '');

test('is made by the first line, for its owner alone', async () => {
  const { folder, files } = await openFiles('own-default');
  const [file] = files as [File];
  expect(await file.read()).toEqual([]);
  await file.append(['one', 'two']);

  expect(await linesIn(file)).toEqual(['one', 'two']);
  expect((await stat(join(folder, 'own-default.1.log'))).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

ledgerFileContract(async () => {
  const { files } = await openFiles('own-default', 'own-default');
  const [file, other] = files as [File, File];

  return { file, other, close: async () => undefined };
});

test('a line that was torn swallows none that follows', async () => {
  const { folder, files } = await openFiles('own-default');
  const [file] = files as [File];
  await file.append(['one']);
  await appendFile(join(folder, 'own-default.1.log'), 'torn');
  await file.append(['two']);

  expect(await linesIn(file)).toEqual(['one', 'torn', 'two']);
});

test('what is written to the old file while it is rewritten is read, and later files take its place', async () => {
  const { folder, files } = await openFiles('own-default');
  const [file] = files as [File];
  await file.append(['one']);
  await file.rewrite(['one again']);
  await appendFile(join(folder, 'own-default.1.log'), '\nlate\n');
  expect(await linesIn(file)).toEqual(['one', 'late', 'one again']);
  await file.append(['two']);
  await file.rewrite(['all']);

  expect(await linesIn(file)).toEqual(['one again', 'two', 'all']);
  expect((await readdir(folder)).sort()).toEqual(['own-default.2.log', 'own-default.3.log']);
});

test('the ledgers of other servers and namespaces are others', async () => {
  const { files } = await openFiles('own-default', 'own-default.2', 'own-default-2');
  for (const [at, file] of (files as File[]).entries()) await file.append([`line ${at}`]);

  for (const [at, file] of (files as File[]).entries()) expect(await linesIn(file)).toEqual([`line ${at}`]);
});
