// A task keeps a receipt of a schema of the project, and whoever has the receipt finds the run and proves it. Method:
// real runs on a real server by the real command line, receipts as they lie in the project, and another project.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runCli } from '../../src/cli/program/program.ts';
import { createApp } from '../../src/compose/app.ts';
import { createTestIo } from '../cli/test-io.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { pageDefinitions } from '../support/page-definitions.ts';

let server: TestServer;
let project: string;
let other: string;

const delivery = `
workflow:
  id: delivery
  version: 1
  input:
    properties: { pieces: { type: number }, token: { type: string, secret: true } }
    required: [pieces, token]
  tasks:
    - id: pack
      run: { command: [node, -e, 'console.log(JSON.stringify({pieces: +process.argv[1], by: process.argv[2]}))', "\${workflow.input.pieces}", "\${workflow.input.token}"] }
      receipt: { schema: schemas/pack.schema.yaml, to: "0UT.3OX/\${workflow.run_id}.RECEIPT.yaml" }
`;
const schema = `
$schema: https://json-schema.org/draft/2020-12/schema
title: What was packed
type: object
required: [pieces, by]
properties:
  pieces: { type: integer, minimum: 1 }
  by: { type: string }
`;

beforeAll(async () => {
  server = await startTestServer();
  [project, other] = await Promise.all([
    mkdtemp(join(tmpdir(), 'workflow-receipts-')),
    mkdtemp(join(tmpdir(), 'workflow-other-')),
  ]);
  vi.stubEnv('NATS_URL', server.url);
  for (const folder of [project, other]) {
    await mkdir(join(folder, 'definitions'));
    await mkdir(join(folder, 'schemas'));
    await writeFile(join(folder, 'definitions', 'delivery.yaml'), delivery);
    await writeFile(join(folder, 'schemas', 'pack.schema.yaml'), schema);
    await writeFile(join(folder, 'token.json'), '{"token": "swordfish"}');
  }
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.stop();
  for (const folder of [project, other]) await rm(folder, { recursive: true, force: true });
});

async function cli(line: string, cwd = project) {
  const io = createTestIo({ cwd });
  const exit = await runCli(line.split(' '), createApp(), io);

  return { exit, out: io.out(), err: io.err() };
}

async function started(pieces: number) {
  const { exit, out } = await cli(`start delivery --pieces ${pieces} --input token.json --json`);

  return { exit, run: JSON.parse(out) };
}

test('a receipt of a schema file proves its run, after the file is gone as before', async () => {
  const { exit, run } = await started(3);
  const file = `0UT.3OX/${run.run}.RECEIPT.yaml`;
  const text = await readFile(join(project, file), 'utf8');
  await rm(join(project, 'schemas', 'pack.schema.yaml'));
  const again = await started(4);
  await writeFile(join(project, 'schemas', 'pack.schema.yaml'), schema);

  expect([exit, again.exit]).toEqual([0, 0]);
  expect(load(text)).toMatchObject({
    pieces: 3,
    by: '***',
    proof: { run: run.run, task: 'pack', attempt: 1 },
  });
  expect(await cli(`audit verify ${file}`)).toMatchObject({
    exit: 0,
    out: expect.stringMatching(/delivery v1 {2}proven/),
  });
});

test('a receipt that does not fit fails its task by name, and is not written', async () => {
  const { exit, run } = await started(0);

  expect(exit).toBe(1);
  expect(run.error).toMatchObject({
    code: 'receipt.mismatch',
    message: expect.stringContaining('output.pieces: expected at least 1'),
  });
  await expect(readFile(join(project, `0UT.3OX/${run.run}.RECEIPT.yaml`))).rejects.toThrow('ENOENT');
});

test('what was edited, what was made up and what is of another project is told by name', async () => {
  const { run } = await started(5);
  const text = await readFile(join(project, `0UT.3OX/${run.run}.RECEIPT.yaml`), 'utf8');
  const codeOf = async (changed: string, cwd = project) => {
    await writeFile(join(cwd, 'given.yaml'), changed);
    const { exit, out } = await cli('audit verify given.yaml --json', cwd);
    return [exit, ...JSON.parse(out).problems.map(({ code }: { code: string }) => code)];
  };

  expect(await codeOf(text)).toEqual([0]);
  expect(await codeOf(text.replace('pieces: 5', 'pieces: 6'))).toEqual([7, 'receipt.edited']);
  expect(await codeOf(text.replace(run.run, '01m00000000000000000000000'))).toEqual([
    7,
    'receipt.unknown-run',
  ]);
  expect(await codeOf(text.replace(/hash: [0-9a-f]{4}/g, 'hash: 0000'))).toEqual([7, 'receipt.foreign']);
});

test('another schema is another definition: its version has to go up', async () => {
  await writeFile(join(project, 'schemas', 'pack.schema.yaml'), schema.replace('minimum: 1', 'minimum: 9'));
  const check = await cli('start definitions/delivery.yaml --pieces 3 --input token.json');
  await writeFile(join(project, 'schemas', 'pack.schema.yaml'), schema);

  expect(check).toMatchObject({ exit: 5, err: expect.stringContaining('delivery') });
});

test('a schema that is not there is told with its place by check', async () => {
  await writeFile(
    join(other, 'definitions', 'delivery.yaml'),
    delivery.replace('pack.schema', 'pakc.schema'),
  );
  const { exit, out } = await cli('check definitions/delivery.yaml', other);

  expect(exit).toBe(2);
  expect(out).toContain('delivery.yaml:11:26');
  expect(out).toContain('the schema file "schemas/pakc.schema.yaml" cannot be used: there is no such file');
});

test('the receipt that the page shows is kept and proven', async () => {
  const shown = pageDefinitions.find(({ text }) => text.includes('receipt:'));
  await writeFile(join(project, 'definitions', 'shown.yaml'), shown?.text ?? '');
  const { exit } = await cli('start definitions/shown.yaml --order A-7 --pieces 3');

  expect(exit).toBe(0);
  expect(await cli('audit verify 0UT.3OX/A-7.RECEIPT.yaml')).toMatchObject({ exit: 0 });
});
