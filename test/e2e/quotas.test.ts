// Quotas of a namespace: what is refused, by which code, and what waits. Method: the built program with its engine and
// HTTP API on a real server; serve.yaml is edited while it serves.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HttpStation, openHttpStation } from './http-station.ts';
import { builtCli, runProgram } from './station.ts';

const asked = `
workflow:
  id: asked
  version: 1
  triggers: [{ on: ask.us }]
  tasks: [{ id: ask, type: HUMAN, wait_for_approval: true }]
`;

let station: HttpStation;

beforeAll(async () => {
  station = await openHttpStation({
    'definitions/asked.yaml': asked,
    'serve.yaml': 'quotas: { live_runs: 2 }\n',
  });
}, 60_000);
afterAll(() => station.close());

const start = () => station.ask('POST', 'runs', { definition: 'asked' });
const live = async () => {
  const { items } = (await station.ask('GET', 'runs')).json() as {
    items: { run: string; endedAt?: string }[];
  };

  return items.filter(({ endedAt }) => endedAt === undefined).map(({ run }) => run);
};
const cli = (...args: readonly string[]) =>
  runProgram(builtCli, args, { cwd: station.project, env: { NATS_URL: station.natsUrl, USER: 'ana' } });
const end = async (run: string) => {
  const { status, text } = await station.ask('POST', `runs/${run}/commands`, { kind: 'terminateRun' });
  expect(status, text).toBe(200);
};
const quotas = (text: string) => writeFile(join(station.project, 'serve.yaml'), text);

test('a run that is one too many is refused until one has ended, and what an event starts waits for that', async () => {
  const begun = [await start(), await start()];
  expect(begun.map(({ status }) => status)).toEqual([201, 201]);
  const refused = await start();
  expect([refused.status, refused.json()]).toMatchObject([429, { code: 'quota.live-runs', retryable: true }]);
  const typed = await cli('start', 'asked', '--detach', '--json');
  expect([typed.code, JSON.parse(typed.stderr)]).toMatchObject([3, { error: { code: 'quota.live-runs' } }]);
  const { stdout } = await cli('doctor', '--json');
  expect(stdout).toContain('2 of 2 runs are under way: no run is begun');
  const before = await live();
  expect((await cli('emit', 'ask.us')).code).toBe(0);
  await end(before[0] ?? '');

  await expect
    .poll(async () => (await live()).filter((run) => !before.includes(run)), { timeout: 30_000 })
    .toHaveLength(1);
  expect((await start()).status).toBe(429);
}, 90_000);

test('no run begins while the server stores as much as the namespace may, and what is under way goes on', async () => {
  await quotas('quotas: { bytes: 1KB }\n');
  await expect.poll(async () => (await start()).status, { timeout: 30_000 }).toBe(507);
  expect((await start()).json()).toMatchObject({ code: 'quota.bytes', retryable: false });
  for (const run of await live()) expect((await cli('approve', run, 'ask', '--timeout', '30s')).code).toBe(0);
  await rm(join(station.project, 'serve.yaml'));

  await expect.poll(async () => (await start()).status, { timeout: 30_000 }).toBe(201);
}, 90_000);

test('in a second no more runs are begun than the namespace may, and the rest is told to come again', async () => {
  await quotas('quotas: { starts_per_second: 2 }\n');
  const several = async () => {
    const all = await Promise.all(Array.from({ length: 12 }, start));
    return [
      ...new Set(
        all.map(({ status, text }) =>
          status === 201 ? 'begun' : (JSON.parse(text) as { code: string }).code,
        ),
      ),
    ];
  };

  await expect.poll(several, { timeout: 30_000 }).toContain('quota.starts');
  expect(await several()).toEqual(expect.not.arrayContaining(['internal']));
}, 60_000);
