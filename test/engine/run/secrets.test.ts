// Secrets reach whoever needs them and nothing that is kept: not the journal, not blobs, not other runs that do not
// call them secrets. Method: the shared world of node-world.ts style, a stage with values to look for everywhere.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { childRun } from '../../../machines/run/run.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { createStage, register, type Stage, type StageOptions } from '../../support/engine-bench.ts';
import { createMemoryStores } from '../../support/memory-stores.ts';

const token = 'tok-5f3a9c1e77';
const key = 'project key &c/0';
const text = `workflow:
  id: paying
  version: 1
  input: {properties: {token: {type: string, secret: true}, n: {type: integer, default: 1}}, required: [token]}
  failure_workflow: {id: refund}
  tasks:
    - {id: pay, uses: noop, input: {auth: "Bearer \${workflow.input.token}", key: "\${secrets.KEY}"}}
    - {id: call, type: SUB_WORKFLOW, workflow: child, depends_on: pay, input: {token: "\${workflow.input.token}"}}
    - {id: last, uses: noop, depends_on: call, input: {auth: "\${workflow.input.token}"}}
`;
const takes = (id: string, property: string) => `workflow:
  id: ${id}
  version: 1
  input: {properties: {token: ${property}}, required: [token]}
  tasks: [{id: work, uses: noop, input: {auth: "\${workflow.input.token}"}}]
`;
const secretly = '{type: string, secret: true}';

async function staged(options: StageOptions & { child?: string } = {}) {
  const stores = options.stores ?? createMemoryStores({ KEY: key });
  await stores.runSecrets.keep('run-1', { token });
  const definitions = options.definitions ?? createMemoryDefinitionStore();
  for (const each of [text, takes('child', options.child ?? secretly), takes('refund', secretly)]) {
    await register(definitions, chartOfText(each), each);
  }
  const stage = createStage({ ...options, definitions, stores });
  const start = () =>
    stage.engine.startRun({ run: 'run-1', chart: chartOfText(text), input: { token: '***' }, actor: 'test' });

  return { ...stage, stores, definitions, start };
}

/** Everything that was recorded, of all runs, as one text. */
async function recorded({ journal }: Stage): Promise<string> {
  let all = '';
  for await (const { run } of journal.lastOfEach()) {
    for await (const { body } of journal.read(run)) all += body;
  }

  return all;
}

function expectNoSecret(all: string): void {
  for (const secret of [token, key]) {
    for (const form of [
      secret,
      encodeURIComponent(secret),
      btoa(secret),
      btoa(`user:${secret}`).slice(8, -4),
    ]) {
      expect(all).not.toContain(form);
    }
  }
}

test('a secret reaches tasks and the run that a task starts, and stands nowhere', async () => {
  const stage = await staged();
  await stage.start();
  const pay = await stage.attempt('pay#1');
  expect(pay.attempt.input).toEqual({ auth: `Bearer ${token}`, key });
  pay.complete({ echoed: `got ${token}`, coded: btoa(`user:${token}`), [key]: encodeURIComponent(key) });
  const work = await stage.attempt('work#1');
  expect(work.attempt.input).toEqual({ auth: token });
  work.complete({ echoed: token });
  (await stage.attempt('last#1')).complete();
  const { state } = await stage.untilRun('run-1', (run) => run.state.endedAt !== undefined);

  expect(state.tasks['pay']?.output).toEqual({
    echoed: 'got ***',
    coded: expect.stringContaining('***'),
    '***': '***',
  });
  expect(stage.runs.get(childRun('run-1', 'call', 1))?.state.input).toEqual({ token: '***' });
  expectNoSecret(await recorded(stage));
});

test('a secret that would go to an input which is none fails the task instead of passing on what hides it', async () => {
  const stage = await staged({ child: '{type: string}' });
  await stage.start();
  (await stage.attempt('pay#1')).complete();
  const { state } = await stage.untilRun('run-1', (run) => run.state.endedAt !== undefined);

  expect(state).toMatchObject({ status: 'FAILED', error: { code: 'child.secret-input' } });
  expectNoSecret(await recorded(stage));
});

test('the workflow that answers a failure gets the secrets it declares', async () => {
  const stage = await staged();
  await stage.start();
  (await stage.attempt('pay#1')).fail(`no.${token}`, false);
  const refund = await stage.attempt('work#1');

  expect(refund.attempt.input).toEqual({ auth: token });
  expectNoSecret(await recorded(stage));
});

test('an engine that takes the run over knows the secrets, too', async () => {
  const first = await staged();
  await first.start();
  (await first.attempt('pay#1')).complete();
  (await first.attempt('work#1')).complete();
  await first.attempt('last#1');
  await first.engine.stop();
  const second = await staged({
    stores: first.stores,
    definitions: first.definitions,
    journal: first.journal,
  });
  await second.engine.adopt('run-1');
  const last = await second.attempt('last#1');
  expect(last.attempt.input).toEqual({ auth: token });
  last.complete({ echoed: token } as Json);
  const { state } = await second.untilRun('run-1', (run) => run.state.endedAt !== undefined);

  expect(state.tasks['last']?.output).toEqual({ echoed: '***' });
});
