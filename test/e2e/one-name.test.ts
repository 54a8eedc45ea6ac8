// One name means one definition for the command line and for HTTP. Method: the built program and its engine on a real
// server; the project's file is version 1, and version 2 was registered from a file that lies elsewhere.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HttpStation, openHttpStation } from './http-station.ts';
import { builtCli, runProgram } from './station.ts';

const orders = (version: number) =>
  `workflow:\n  id: orders\n  version: ${version}\n  tasks:\n    - { id: book, type: NOOP }\n`;
const broken = 'workflow:\n  id: broken\n  version: 1\n  tasks:\n    - { id: book, type: NOPO }\n';

let station: HttpStation;
let elsewhere: string;

beforeAll(async () => {
  station = await openHttpStation({ 'definitions/orders.yaml': orders(1) });
  elsewhere = await mkdtemp(join(tmpdir(), 'workflow-elsewhere-'));
  await writeFile(join(elsewhere, 'orders.yaml'), orders(2));
  expect(await started('definitions/orders.yaml')).toBe(1);
  expect(await started(join(elsewhere, 'orders.yaml'))).toBe(2);
}, 60_000);
afterAll(async () => {
  await station.close();
  await rm(elsewhere, { recursive: true, force: true });
});

const cli = (...args: readonly string[]) =>
  runProgram(builtCli, args, { cwd: station.project, env: { NATS_URL: station.natsUrl } });

/** Starts a run by the command line, and tells the version that it is a run of. */
async function started(...args: readonly string[]): Promise<number> {
  const { code, stdout, stderr } = await cli('start', ...args, '--json');
  expect(code, stderr).toBe(0);

  return versionOf((JSON.parse(stdout) as { run: string }).run);
}

async function versionOf(run: string): Promise<number> {
  const { definition } = (await station.ask('GET', `runs/${run}`)).json() as {
    definition: { version: number };
  };

  return definition.version;
}

async function startedOverHttp(body: object): Promise<number> {
  const { status, text, json } = await station.ask('POST', 'runs', body);
  expect(status, text).toBe(201);

  return versionOf((json() as { run: string }).run);
}

test('an id starts the highest registered version everywhere, and a file is started by its path', async () => {
  expect(await started('orders')).toBe(2);
  expect(await startedOverHttp({ definition: 'orders' })).toBe(2);
  expect(await started('orders@1')).toBe(1);
  expect(await startedOverHttp({ definition: 'orders@1' })).toBe(1);
  expect(await started('definitions/orders.yaml')).toBe(1);
  expect(await startedOverHttp({ definition: 'definitions/orders.yaml' })).toBe(1);
}, 60_000);

test.each([
  ['with errors', 'broken', broken, 5],
  ['whose workflow key is misspelled', 'typo', broken.replace('workflow', 'worklfow'), 1],
])(
  'a file %s is told with the same problems everywhere, and is not missing',
  async (_what, name, text, line) => {
    const file = `definitions/${name}.yaml`;
    await writeFile(join(station.project, file), text);
    const { code, stderr } = await cli('start', file, '--json');
    const overHttp = await station.ask('POST', 'runs', { definition: file });
    const { error: told } = JSON.parse(stderr) as { error: { code: string; problems: readonly object[] } };

    expect(code).not.toBe(0);
    expect(told).toMatchObject({
      code: 'definition.invalid',
      problems: expect.arrayContaining([expect.objectContaining({ file, line, column: expect.any(Number) })]),
    });
    expect(overHttp.status).toBe(422);
    expect(overHttp.json()).toMatchObject({ code: told.code, problems: told.problems });
  },
  60_000,
);
