// People are told of what needs them: once, whichever engine says it, and whichever engines die. Method: two built
// engines of one project, a real receiver of webhooks, and runs that fail, wait and find nobody.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { openOperated } from './operated-station.ts';
import type { ServedEngine } from './served-api.ts';

const definitions = {
  'definitions/broken.yaml': `workflow:
  id: broken
  version: 1
  tasks: [{id: stop, type: TERMINATE, status: FAILED, reason: no paint}]
`,
  'definitions/signed.yaml': `workflow:
  id: signed
  version: 1
  tasks: [{id: sign, type: HUMAN, wait_for_approval: true}]
`,
  'definitions/asked.yaml': `workflow:
  id: asked
  version: 1
  tasks: [{id: greet, assigned_to: GREETER}]
`,
};
const patient = { timeout: 40_000, interval: 100 };

async function receiver() {
  const got: { readonly rule: string; readonly text: string; readonly link: string; readonly run: string }[] =
    [];
  const ids: unknown[] = [];
  const server = createServer(async (request, response) => {
    got.push(JSON.parse(await text(request)));
    ids.push(request.headers['webhook-id']);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());

  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, got, ids };
}

/** What a dashboard that looks at this engine is told of alerts: the rules, as they come. */
function listenTo({ get }: Pick<ServedEngine, 'get'>): () => readonly string[] {
  const end = new AbortController();
  let told = '';
  onTestFinished(() => end.abort());
  const listening = async () => {
    const { body } = await get('/api/v1/stream', end.signal);
    const decoder = new TextDecoder();
    for await (const chunk of body ?? []) told += decoder.decode(chunk, { stream: true });
  };
  // An engine that is killed ends it.
  void listening().catch(() => undefined);

  return () => [...told.matchAll(/"kind":"alert","rule":"(\w+)"/g)].map(([, rule = '']) => rule).sort();
}

test('each trouble is told once by two engines, also when one is killed and comes back', async () => {
  const { url, got, ids } = await receiver();
  const station = await openOperated({
    ...definitions,
    'serve.yaml': `alerts:
  - {name: failed, on: run_failed, definition: "brok*", to: {webhook: "${url}"}}
  - {name: waits, on: approval_waiting, after: 1s, to: [{webhook: "${url}"}, {command: [sh, -c, "cat >> told"]}]}
  - {name: alone, on: no_worker, after: 2s, to: [{webhook: "${url}"}, log]}
  - {name: late, on: run_late, after: 3s, definition: signed, to: {webhook: "${url}"}}
`,
  });
  const [one, two] = [await station.engine(), await station.engine()];
  const dashboards = [listenTo(one), listenTo(two)];
  const start = async (definition: string) => {
    const answer = await one.post('/api/v1/runs', { definition, input: {} });
    expect(answer.status, await answer.clone().text()).toBe(201);
    return ((await answer.json()) as { run: string }).run;
  };
  const runs = { broken: await start('broken'), signed: await start('signed'), asked: await start('asked') };
  const rules = () => got.map(({ rule }) => rule).sort();
  await expect.poll(rules, patient).toEqual(['alone', 'failed', 'late', 'waits']);
  for (const shown of dashboards) await expect.poll(shown, patient).toEqual(rules());

  const byRule = Object.fromEntries(got.map((alert) => [alert.rule, alert]));
  expect(byRule['failed']?.text).toContain(`run ${runs.broken} of broken failed`);
  expect([one.url, two.url].map((base) => `${base}/runs/${runs.broken}`)).toContain(byRule['failed']?.link);
  expect(byRule['waits']?.text).toMatch(/^approval of sign in run .* of signed has been waiting for \ds$/);
  expect(byRule['alone']?.text).toMatch(/^1 task waits for GREETER, and no worker of it has been there for/);
  expect(byRule['late']?.run).toBe(runs.signed);
  expect(`${one.said()}${two.said()}`.match(/alert alone: 1 task waits for GREETER/g)).toHaveLength(1);
  await expect
    .poll(
      async () => JSON.parse(await readFile(join(station.cwd, 'told'), 'utf8').catch(() => 'null')),
      patient,
    )
    .toMatchObject({ rule: 'waits', run: runs.signed });

  await one.kill9();
  await two.kill9();
  await one.start();
  const again = await start('broken');
  await expect.poll(() => got.at(-1)?.run, patient).toBe(again);
  expect(rules()).toEqual(['alone', 'failed', 'failed', 'late', 'waits']);
  expect(new Set(ids).size).toBe(5);
}, 120_000);

test('a threshold of a definition is told once, and the execution log of its run is whole though its engine was killed', async () => {
  const { url, got } = await receiver();
  const station = await openOperated({
    'definitions/watched.yaml': `workflow:
  id: watched
  version: 1
  monitoring: { thresholds: { retry_count: 0 } }
  tasks:
    - id: broken
      run: "false"
      retry_policy: { max_attempts: 2, initial_delay: 10ms }
      timeout: 10s
`,
    'serve.yaml': `alerts: [{name: tried, on: threshold_passed, to: {webhook: "${url}"}}]\n`,
  });
  const engine = await station.engine();
  const answer = await engine.post('/api/v1/runs', { definition: 'watched', input: {} });
  const { run } = (await answer.json()) as { run: string };
  await station.reaches(run, 'FAILED');
  await engine.kill9();
  await engine.start();
  await expect
    .poll(() => got.map(({ text }) => text), patient)
    .toEqual([`run ${run} of watched passed its threshold retry_count: an attempt was tried again`]);

  const log = () => readFile(join(station.cwd, '.3ox/workflow.execution.log'), 'utf8').catch(() => '');
  const words = async () => (await log()).split('\n').map((line) => line.split(' ')[4] ?? '');
  await expect.poll(words, patient).toContain('WORKFLOW_FAILED');
  expect(await words()).toEqual(['STARTED', 'TASK_RETRY', 'ALERT', 'TASK_FAILED', 'WORKFLOW_FAILED', '']);
}, 120_000);

test('of a group that is muted nobody is told, until a later version of its definition fails', async () => {
  const { url, got } = await receiver();
  const station = await openOperated({
    ...definitions,
    'definitions/other.yaml': definitions['definitions/broken.yaml'].replace('id: broken', 'id: other'),
    'serve.yaml': `alerts: [{name: failed, on: run_failed, to: {webhook: "${url}"}}]\n`,
  });
  const engine = await station.engine();
  const post = async (path: string, body: unknown) => {
    const answer = await engine.post(`/api/v1/${path}`, body);
    expect(answer.ok, await answer.clone().text()).toBe(true);
    return (await answer.json()) as { run: string; items: { key: string; muted?: object }[] };
  };
  const failed = async (definition: string): Promise<string> => {
    const { run } = await post('runs', { definition, input: {} });
    await station.reaches(run, 'FAILED');
    return run;
  };
  const told = () => got.map(({ run }) => run);
  const first = await failed('broken');
  await expect.poll(told, patient).toEqual([first]);
  const { items: groups } = (await (await engine.get('/api/v1/failures')).json()) as {
    items: { key: string }[];
  };
  const path = `failures/${groups[0]?.key}`;
  await post(`${path}/assign`, { to: 'the night shift' });
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const muted = await post(`${path}/mute`, { until, note: 'paint comes at noon' });
  expect(muted.items[0]).toMatchObject({
    assigned: { to: 'the night shift' },
    muted: { until, note: 'paint comes at noon', version: 1 },
  });
  await failed('broken');
  const other = await failed('other');
  await expect.poll(told, patient).toEqual([first, other]);

  const text = definitions['definitions/broken.yaml'].replace('version: 1', 'version: 2');
  await post('definitions/publish', { text, file: 'broken.yaml', acceptDifferences: true });
  const later = await failed('broken');
  await expect.poll(told, patient).toEqual([first, other, later]);
  const after = (await (await engine.get('/api/v1/failures')).json()) as typeof muted;
  expect(after.items.find(({ key }) => key === groups[0]?.key)?.muted).toBeUndefined();
  expect((await engine.post(`/api/v1/${path}/mute`, { until: '2001-01-01T00:00:00Z' })).status).toBe(400);
}, 120_000);
