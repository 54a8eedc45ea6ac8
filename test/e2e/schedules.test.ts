// Schedules with real engines: two processes share a server, whoever looks after the schedules is killed again and
// again, and every minute of a fast clock has one run. Method: `workflow serve` of the built program with a clock for
// schedules that goes 120 times as fast; the journal is read at the end.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { TriggerRef } from '../../events/run-events.ts';
import { triggersLease } from '../../src/engine/cluster/lease-board.ts';
import { createScheduleMarks, scheduleKey } from '../../src/engine/triggers/schedule-marks.ts';
import { connectJetStream, type JetStreamHandle } from '../../src/stores/jetstream/connect.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, runProgram } from './station.ts';

const fastSchedules = fileURLToPath(new URL('./fast-schedules.mjs', import.meta.url));
const times = 120;
const minuteMs = 60_000;
const ticksWanted = 200;
const killsWanted = 6;

const everyMinute = `workflow:
  id: every-minute
  version: 1
  triggers: [{ cron: '* * * * *', id: minutely, overlap: allow, catchup: 6h }]
  tasks: [{ id: done, type: NOOP }]
`;
const yearly = `workflow:
  id: new-year
  version: 1
  triggers: [{ cron: '0 0 1 1 *', id: yearly, timezone: Europe/Zurich, input: { when: '\${event.time}' } }]
  input: { properties: { when: { type: string } } }
  tasks: [{ id: done, type: NOOP }]
`;

let server: TestServer;
let folder: string;
let stream: JetStreamHandle;
let namespace: string;
let worlds = 0;
const engines = new Map<number, ChildProcess>();

beforeAll(async () => {
  server = await startTestServer();
});
beforeEach(async () => {
  worlds += 1;
  namespace = `schedules-${worlds}`;
  folder = await mkdtemp(join(tmpdir(), 'workflow-schedules-'));
  await mkdir(join(folder, 'definitions'));
  stream = await connectJetStream({ url: server.url, namespace });
});
afterEach(async () => {
  for (const engine of engines.values()) await kill(engine);
  engines.clear();
  await stream.close();
  await rm(folder, { recursive: true, force: true });
});
afterAll(async () => {
  await server.stop();
});

async function kill(engine: ChildProcess): Promise<void> {
  if (engine.exitCode === null && engine.signalCode === null && engine.kill('SIGKILL'))
    await once(engine, 'close');
}

async function serve(program: string, sinceMs = 0): Promise<ChildProcess> {
  const env = { ...process.env, ...environment(), FAST_SINCE_MS: String(sinceMs), FAST_TIMES: String(times) };
  const engine = spawn(process.execPath, [program, 'serve'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  engine.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  engines.set(engine.pid ?? 0, engine);
  await expect.poll(() => said, { timeout: 60_000 }).toContain('engine ready');

  return engine;
}

function environment() {
  return { NATS_URL: server.url, WORKFLOW_NAMESPACE: namespace, WORKFLOW_USER: 'ana' };
}

function cli(...args: readonly string[]) {
  return runProgram(builtCli, args, { cwd: folder, env: environment() });
}

async function stateOf(schedule: string) {
  const [definition = '', trigger = ''] = schedule.split('/');

  return (await createScheduleMarks(stream.triggerMarks).read(scheduleKey(definition, trigger))).value;
}

/** The times of all runs, and how many runs there are. */
async function startedTicks(): Promise<readonly string[]> {
  const ticks: string[] = [];
  for await (const { run } of stream.journal.lastOfEach()) {
    for await (const stored of stream.journal.read(run)) {
      if (stored.kind !== 'record' || stored.record.type !== 'run.started') continue;
      ticks.push(TriggerRef.parse(stored.record.data.fact['trigger']).tick ?? 'none');
    }
  }

  return ticks.sort();
}

test('200 minutes of a fast clock have one run each, while whoever looks after them is killed', async () => {
  await writeFile(join(folder, 'definitions', 'every-minute.yaml'), everyMinute);
  const sinceMs = Date.now();
  const begunAt = performance.now();
  await Promise.all([serve(fastSchedules, sinceMs), serve(fastSchedules, sinceMs)]);
  const coming: Promise<unknown>[] = [];
  let kills = 0;
  let first: string | undefined;
  const fired = async () => (await stateOf('every-minute/minutely'))?.counts.fired ?? 0;
  while (kills < killsWanted || (await fired()) < ticksWanted) {
    const before = await fired();
    await expect.poll(fired, { timeout: 60_000 }).toBeGreaterThan(before + 20);
    first ??= (await startedTicks())[0];
    if (kills >= killsWanted) continue;
    const holder = (await stream.leases.holders()).get(triggersLease);
    const engine = engines.get(holder?.pid ?? 0);
    if (engine === undefined) continue;
    engines.delete(engine.pid ?? 0);
    await kill(engine);
    kills += 1;
    coming.push(serve(fastSchedules, sinceMs));
  }
  await Promise.all(coming);
  for (const engine of engines.values()) await kill(engine);

  const ticks = await startedTicks();
  const firstMs = Date.parse(first ?? '');
  const state = await stateOf('every-minute/minutely');
  const every = Array.from({ length: ticks.length }, (_, n) =>
    new Date(firstMs + n * minuteMs).toISOString(),
  );
  process.stdout.write(
    `${ticks.length} runs of ${new Set(ticks).size} ticks, ${kills} kills of the holder, ` +
      `${state?.counts.missed} missed, in ${Math.round((performance.now() - begunAt) / 1_000)} s\n`,
  );
  expect(ticks).toEqual(every);
  expect(ticks.length).toBeGreaterThanOrEqual(ticksWanted);
  expect(state?.counts).toMatchObject({ missed: 0, skipped: 0, refused: 0 });
}, 400_000);

test('people see schedules, have them run now, pause them and have former times made up for', async () => {
  await writeFile(join(folder, 'definitions', 'new-year.yaml'), yearly);
  await serve(builtCli);
  await expect.poll(() => stateOf('new-year/yearly'), { timeout: 20_000 }).toBeDefined();

  const listed = JSON.parse((await cli('schedules', 'list', '--json')).stdout);
  expect(listed.items).toMatchObject([
    { trigger: 'yearly', rule: { cron: '0 0 1 1 *', timezone: 'Europe/Zurich' } },
  ]);
  expect(listed.items[0].next).toHaveLength(3);

  const now = await cli('schedules', 'run-now', 'yearly');
  expect(now).toMatchObject({ code: 0, stdout: expect.stringContaining('completed  new-year v1') });

  expect(await cli('schedules', 'pause', 'yearly', '--reason', 'holidays')).toMatchObject({ code: 0 });
  expect((await cli('schedules', 'show', 'yearly')).stdout).toContain('paused by ana: holidays');
  expect(await cli('schedules', 'pause', 'yearly')).toMatchObject({ code: 5 });
  expect(await cli('schedules', 'resume', 'yearly')).toMatchObject({ code: 0 });

  const range = ['--from', '2024-01-01', '--to', '2025-01-01'];
  const filled = await cli('schedules', 'backfill', 'yearly', ...range, '--json');
  const ticks = ['2023-12-31T23:00:00.000Z', '2024-12-31T23:00:00.000Z'];
  expect(JSON.parse(filled.stdout)).toMatchObject({ dryRun: false, ticks });
  await expect.poll(startedTicks, { timeout: 20_000 }).toHaveLength(3);
  expect((await startedTicks()).slice(0, 2)).toEqual(ticks);
  expect(await cli('schedules', 'run-now', 'yaerly')).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('did you mean "yearly"?'),
  });
}, 120_000);
