// The management half of the HTTP API: definitions from the first draft to the runs that failed. Method: the built
// engine on a real server, asked over HTTP; numbers are held against the times in the journal.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { FactMembers } from '../../events/catalogue.ts';
import type { JournalRecord } from '../../events/record.ts';
import type { CheckReport, DefinitionPage, PublishReport, TestReport } from '../../src/api/definitions.ts';
import type { DependencyMap, FailureGroup, Insights } from '../../src/api/insights.ts';
import { connectJetStream } from '../../src/stores/jetstream/connect.ts';
import { type HttpStation, openHttpStation } from './http-station.ts';

vi.setConfig({ testTimeout: 120_000 });
const soon = { timeout: 60_000, interval: 100 };

/** Reads a file, which may not be there, and passes it on. */
const orders = (version: number, more = '') => `
workflow:
  id: orders
  version: ${version}
  labels: { department: sales }
  input: { required: [file], properties: { file: { type: string } } }
  triggers: [{ on: order.placed, input: { file: 'good.txt' } }]
  tasks:
    - { id: fetch, run: { command: [cat, "\${workflow.input.file}"] } }
    - { id: told, type: EVENT, depends_on: fetch, event: { type: order.read } }${more}
`;
const thanks = '\n    - { id: thank, type: NOOP, depends_on: told }';

let station: HttpStation;
beforeAll(async () => {
  station = await openHttpStation({ 'definitions/orders.yaml': orders(1), 'good.txt': 'one order\n' });
});
afterAll(() => station.close());

async function get<Body>(path: string): Promise<Body> {
  const { status, json, text } = await station.ask('GET', path);
  expect(status, text).toBe(200);

  return json() as Body;
}

async function post<Body>(path: string, body: unknown): Promise<Body> {
  const { status, json, text } = await station.ask('POST', path, body);
  expect(status, text).toBeLessThan(300);

  return json() as Body;
}

async function startRun(file: string): Promise<string> {
  return (await post<{ run: string }>('runs', { definition: 'orders', input: { file } })).run;
}

async function allEnded(count: number): Promise<void> {
  await expect
    .poll(async () => (await get<DefinitionPage>('definitions/orders')).runs.ended, soon)
    .toBe(count);
}

test('a text that is no definition is told where it is wrong, and a sound one has its graph', async () => {
  const text = orders(2)
    .replace('type: EVENT', 'type: EVNT')
    .replace('depends_on: fetch', 'depends_on: fetsh');
  const wrong = await post<CheckReport>('definitions/check', { text, file: 'orders.yaml' });
  expect(wrong.ok).toBe(false);
  expect(wrong.problems).toContainEqual(
    expect.objectContaining({ path: 'tasks.told.type', line: 10, fix: 'EVENT', severity: 'error' }),
  );
  expect(wrong.graph).toBeUndefined();

  const right = await post<CheckReport>('definitions/check', { text: orders(2) });
  expect(right).toMatchObject({ ok: true, definition: { id: 'orders', version: 2 } });
  expect(right.graph?.nodes.map(({ id, line }) => [id, line])).toEqual([
    ['fetch', 9],
    ['told', 10],
  ]);
});

test('30 runs are counted to the millisecond as the journal has them', async () => {
  const runs: string[] = [];
  for (let index = 0; index < 30; index += 1)
    runs.push(await startRun(index % 5 === 4 ? `order-${index}.txt` : 'good.txt'));
  await allEnded(30);
  const insights = await get<Insights>('insights?definition=orders');
  const told = await timesOf(runs);

  expect(insights.total).toEqual({
    started: 30,
    ended: 30,
    completed: 24,
    failed: 6,
    cancelled: 0,
    terminated: 0,
    successRate: 0.8,
    p50Ms: rank(
      told.map(({ tookMs }) => tookMs),
      15,
    ),
    p95Ms: rank(
      told.map(({ tookMs }) => tookMs),
      29,
    ),
  });
  expect(insights.byDefinition).toEqual([{ definition: 'orders', version: 1, ...insights.total }]);
  expect(insights.series.reduce((sum, { ended }) => sum + ended, 0)).toBe(30);
  expect(insights.versions).toEqual([{ definition: 'orders', version: 1, at: told[0]?.startedAt }]);
  expect(insights).toMatchObject({ read: 30, of: 30 });
  const fetching = insights.bottlenecks.find(({ task }) => task === 'fetch');
  expect(fetching).toEqual({
    ...{ definition: 'orders', task: 'fetch', runs: 30, waitingMs: 0, retries: 0 },
    queuedMs: told.reduce((sum, { queuedMs }) => sum + queuedMs, 0),
    runningMs: told.reduce((sum, { runningMs }) => sum + runningMs, 0),
  });
});

/** From the records themselves: how long each run took, and its first task waited and worked. */
async function timesOf(runs: readonly string[]) {
  const { journal, close } = await connectJetStream({ url: station.natsUrl, namespace: 'default' });
  const found = [];
  for (const run of runs) {
    const records: JournalRecord[] = [];
    for await (const stored of journal.read(run)) if (stored.kind === 'record') records.push(stored.record);
    const moved = (to: readonly string[]) =>
      records.find(({ data }) =>
        data.transitions.some((each) => each.task === 'fetch' && to.includes(each.to)),
      );
    const over = moved(['completed', 'failed']);
    const scheduledMs = Date.parse(moved(['scheduled'])?.time ?? '');
    const begun = (over?.data.fact as FactMembers | undefined)?.startedAt ?? moved(['in_progress'])?.time;
    const begunMs = Math.max(scheduledMs, Date.parse(String(begun)));
    const startedAt = records[0]?.time ?? '';
    found.push({
      startedAt,
      tookMs: Date.parse(records.at(-1)?.time ?? '') - Date.parse(startedAt),
      queuedMs: begunMs - scheduledMs,
      runningMs: Date.parse(over?.time ?? '') - begunMs,
    });
  }
  await close();

  return found;
}

/** The value at a place from 1 on, once they are in order. */
function rank(values: readonly number[], place: number): number | undefined {
  return [...values].sort((a, b) => a - b)[place - 1];
}

test('failures that differ in their files alone are one group, known until another joins it', async () => {
  const groups = async () => (await get<{ items: FailureGroup[] }>('failures')).items;
  const [group, ...others] = await groups();
  expect(others).toEqual([]);
  expect(group).toMatchObject({ definition: 'orders', versions: [1], task: 'fetch', count: 6 });
  expect(group?.message).toContain('order-29.txt');
  const found = await get<{ items: { run: string }[] }>(
    `runs?where=${encodeURIComponent(group?.where ?? '')}`,
  );
  expect(found.items.map(({ run }) => run).sort()).toEqual([...(group?.runs ?? [])].sort());

  const path = `failures/${group?.key}/acknowledge`;
  await post(path, { note: 'the files are late' });
  await station.restart();
  expect((await groups())[0]?.acknowledged).toMatchObject({ by: 'ana', note: 'the files are late' });
  await startRun('order-31.txt');
  await allEnded(31);

  const [again] = await groups();
  expect(again).toMatchObject({ key: group?.key, count: 7 });
  expect(again?.acknowledged).toBeUndefined();
  expect((await station.ask('POST', 'failures/0123456789abcdef/acknowledge', {})).status).toBe(404);
});

test('a changed definition is held against the runs, and registered once that is accepted', async () => {
  const draft = { text: orders(2, thanks), file: 'orders.yaml', runsMax: 5 };
  const [latest] = (await get<{ items: { run: string }[] }>('runs?status=COMPLETED&limit=1')).items;
  const report = await post<PublishReport['reports'][number]>('definitions/what-if', {
    ...{ run: latest?.run, text: draft.text },
  });
  expect(report).toMatchObject({ run: latest?.run, outcome: 'different' });
  const kept = await post<PublishReport>('definitions/publish', draft);
  expect(kept.outcome).toBe('different');
  expect(
    kept.reports.some(({ outcome, text }) => outcome === 'different' && text.join().includes('thank')),
  ).toBe(true);
  expect((await station.ask('GET', 'definitions/orders?version=2')).status).toBe(404);

  const done = await post<PublishReport>('definitions/publish', { ...draft, acceptDifferences: true });
  expect(done).toMatchObject({ outcome: 'registered', definition: { version: 2 }, running: 0 });
  const page = await get<DefinitionPage>('definitions/orders');
  expect(page).toMatchObject({ version: 2, versions: [2, 1], source: 'registered', tasks: 3 });
  expect(page.history.map(({ version, ended }) => [version, ended])).toEqual([
    [2, 0],
    [1, 31],
  ]);
  const { lines } = await get<{ lines: { kind: string; text: string }[] }>(
    'definitions/orders/diff?from=1&to=2',
  );
  expect(lines.filter(({ kind }) => kind !== 'same')).toEqual([
    { kind: 'removed', text: '  version: 1' },
    { kind: 'added', text: '  version: 2' },
    { kind: 'added', text: thanks.slice(1) },
  ]);
  const other = await station.ask('POST', 'definitions/publish', { ...draft, text: orders(2) });
  expect([other.status, (other.json() as { code: string }).code]).toEqual([409, 'definition.taken']);
});

test('a draft is saved inside of the project and nowhere else, and replaces nothing unasked', async () => {
  const file = 'drafts/orders.yaml';
  expect(await post('definitions/save', { file, text: orders(3) })).toEqual({
    file: `definitions/${file}`,
  });
  expect(await readFile(join(station.project, 'definitions', file), 'utf8')).toBe(orders(3));
  const again = await station.ask('POST', 'definitions/save', { file, text: 'other' });
  expect([again.status, (again.json() as { code: string }).code]).toEqual([409, 'definition.file-exists']);
  for (const outside of ['../up.yaml', '/etc/x.yaml', 'a/../../x.yaml', '.git/x.yaml', 'agents.txt']) {
    expect(
      (await station.ask('POST', 'definitions/save', { file: outside, text: 'x' })).status,
      outside,
    ).toBe(400);
  }
  const page = await get<DefinitionPage>(
    `definitions/orders?file=${encodeURIComponent(`definitions/${file}`)}`,
  );

  expect(page).toMatchObject({ version: 3, source: 'project' });
});

test('the cases beside the file of a draft are played, and told with their places', async () => {
  const cases = ['good', 'bad'].map(
    (name) =>
      `    - {name: ${name}, input: {file: a.txt}, expect: {status: ${name === 'good' ? 'COMPLETED' : 'FAILED'}}}`,
  );
  const file = 'definitions/cased/orders.yaml';
  await mkdir(join(station.project, 'definitions/cased'), { recursive: true });
  const beside = join(station.project, 'definitions/cased/orders.test.yaml');
  await writeFile(beside, `test:\n  cases:\n${cases.join('\n')}\n`);
  const report = await post<TestReport>('definitions/test', { text: orders(2), file });
  expect(report.ok).toBe(false);
  expect(report.cases.map(({ name, line, ok }) => [name, line, ok])).toEqual([
    ['good', 3, true],
    ['bad', 4, false],
  ]);
  expect(report.cases[1]?.problems.join()).toContain('COMPLETED');

  await writeFile(beside, 'test: {cases: [{name: none, expect: {tasks: {nobody: COMPLETED}}}]}\n');
  const wrong = await station.ask('POST', 'definitions/test', { text: orders(2), file });
  expect([wrong.status, (wrong.json() as { code: string }).code]).toEqual([422, 'cases.invalid']);
});

test('every way through a definition is played, one definition at a time', async () => {
  const asked = ['first', 'second'].map(() => station.ask('POST', 'definitions/test', { text: orders(2) }));
  const answers = await Promise.all(asked);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 429]);
  const report = answers.find(({ status }) => status === 200)?.json() as TestReport;

  expect(report.ok).toBe(true);
  expect(report.covered).toBe(report.transitions - report.unreachable);
  expect(report.scenarios.map(({ status }) => status)).toContain('FAILED');
});

test('the map leads from the event over the trigger to the definition and what it emits', async () => {
  const { nodes, edges } = await get<DependencyMap>('map');
  expect(nodes.map(({ id }) => id).sort()).toEqual([
    'definition:orders',
    'event:order.placed',
    'event:order.read',
    'trigger:orders/order.placed',
  ]);

  expect(edges).toEqual([
    { from: 'event:order.placed', to: 'trigger:orders/order.placed', kind: 'starts' },
    { from: 'trigger:orders/order.placed', to: 'definition:orders', kind: 'starts' },
    { from: 'definition:orders', to: 'event:order.read', kind: 'emits' },
  ]);
});

test('executions are written as the command line writes them', async () => {
  const lines = (await station.ask('GET', 'executions?format=jsonl&limit=3')).text.trimEnd().split('\n');
  const document = await get<{ items: unknown[]; total: number }>('executions?limit=3');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(document.items);
  const csv = await station.ask('GET', 'executions?format=csv&definition=orders');

  expect(csv.text.trimEnd().split('\r\n')).toHaveLength(1 + 31);
});

test('a definition of Conductor is translated, and what has no equivalent is told', async () => {
  const foreign = {
    name: 'greet',
    version: 1,
    tasks: [{ name: 'hi', taskReferenceName: 'hi', type: 'SIMPLE' }],
  };
  const report = await post<{ definitions: { id: string; text: string }[] }>('definitions/import', {
    ...{ text: JSON.stringify(foreign), file: 'greet.json' },
  });

  expect(report.definitions).toMatchObject([{ id: 'greet', text: expect.stringContaining('workflow:') }]);
});
