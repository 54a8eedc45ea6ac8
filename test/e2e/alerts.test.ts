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
  const start = async (definition: string) => {
    const answer = await one.post('/api/v1/runs', { definition, input: {} });
    expect(answer.status, await answer.clone().text()).toBe(201);
    return ((await answer.json()) as { run: string }).run;
  };
  const runs = { broken: await start('broken'), signed: await start('signed'), asked: await start('asked') };
  const rules = () => got.map(({ rule }) => rule).sort();
  await expect.poll(rules, patient).toEqual(['alone', 'failed', 'late', 'waits']);

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
