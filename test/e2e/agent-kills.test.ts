// No turn of an agent is paid for twice, wherever the engine is killed. Method: the built command line runs an agent
// whose model is a real server that answers by a script, with too many requests, cut streams and malformed answers; it
// is killed by SIGKILL right after event n is stored, and the run is resumed. The server counts whole answers by turn.
// LONG=all kills at every event of 50 turns, else at every sixth of a short agent that has a trouble of each kind.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createWorkflows } from '../../src/engine/workflows.ts';
import type { RunView, Workflows } from '../../src/ports/runs/workflows.ts';
import { connectJetStream, type JetStreamHandle } from '../../src/stores/jetstream/connect.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { startScriptedModel } from '../support/scripted-model.ts';
import { partsOf } from '../support/stream-parts.ts';
import { agentStation, lookOrEnd, paidTurns, startLookingModel, turnOf } from './agent-station.ts';
import { crashingCli, type Finished, runProgram } from './station.ts';

let server: TestServer;
let stream: JetStreamHandle;
let workflows: Workflows;

beforeAll(async () => {
  server = await startTestServer();
  stream = await connectJetStream({ url: server.url });
  workflows = createWorkflows({ ...partsOf(stream), newRunId: () => '', answerTimeoutMs: 1_000 });
});
afterAll(async () => {
  await stream.close();
  await server.stop();
});

const once = (turns: number) => Array.from({ length: turns }, () => 1);

type Course = {
  readonly first: Finished;
  readonly view: RunView;
  readonly paid: readonly number[];
  readonly looks: readonly string[];
};

/** Runs an agent of so many turns in a project of its own; where it is killed, it is resumed. */
async function runAgent(
  turns: number,
  { crash = 'never:0', budget = 'name: research', isTroubled = true, resumes = false } = {},
): Promise<Course> {
  const model = await (isTroubled
    ? startLookingModel(turns)
    : startScriptedModel((question) => lookOrEnd(question, turns)));
  onTestFinished(model.close);
  const folder = await agentStation(model.address, budget);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));

  const env = { NATS_URL: server.url, EFFECTS: join(folder, 'effects.log'), STARTS: 'never' };
  const cli = (args: readonly string[], more = {}) =>
    runProgram(crashingCli, args, { cwd: folder, env: { ...env, ...more } });
  const first = await cli(['start', 'definitions/research.yaml', '--wait'], { CRASH: crash });
  const [latest] = [...(await workflows.list())].sort((a, b) => b.run.localeCompare(a.run));
  const run = latest?.run ?? '';
  if (first.signal === 'SIGKILL' || resumes) await cli(['resume', run]);
  const looks = (await readFile(join(folder, 'looks.log'), 'utf8').catch(() => '')).trim().split('\n');

  return { first, view: await workflows.view(run), paid: paidTurns(model), looks };
}

test('an agent of 50 turns comes to its end, and each turn is paid for once', async () => {
  const { first, view, paid, looks } = await runAgent(50);

  expect(first.code).toBe(0);
  expect(view.state.output).toEqual({ summary: 'all is well', looked: 49 });
  expect(paid).toEqual(once(50));
  expect(looks).toHaveLength(49);
  expect(view.state.spent?.tokens).toBeGreaterThan(50 * 110);
}, 120_000);

test('killed at any event, the agent goes on where it was, and no turn is paid for twice', async () => {
  const isWhole = process.env['LONG'] === 'all';
  const turns = isWhole ? 50 : 7;
  const whole = await runAgent(turns);
  for (let index = 1; index <= whole.view.sequence; index += isWhole ? 1 : 6) {
    const { first, view, paid, looks } = await runAgent(turns, { crash: `answered:${index}` });
    const when = `killed at event ${index}`;
    expect(first.signal, when).toBe('SIGKILL');
    expect(view.state.output, when).toEqual(whole.view.state.output);
    expect(paid, when).toEqual(once(turns));
    // What a call did is done once more only where its result was not recorded.
    expect(looks.length, when).toBeLessThanOrEqual(turns);
  }
}, 3_600_000);

test('a retried agent goes on at the turn that failed', async () => {
  const model = await startScriptedModel((question) =>
    turnOf(question) === 3 && model.asked.length < 4 ? { status: 400 } : lookOrEnd(question, 5),
  );
  onTestFinished(model.close);
  const folder = await agentStation(model.address);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const cli = (args: readonly string[]) =>
    runProgram(crashingCli, args, {
      cwd: folder,
      env: {
        NATS_URL: server.url,
        EFFECTS: join(folder, 'effects.log'),
        CRASH: 'never:0',
        STARTS: 'never',
      },
    });
  const start = await cli(['start', 'definitions/research.yaml', '--wait']);
  expect(start.stdout + start.stderr).toContain('llm.bad-request');
  const [latest] = [...(await workflows.list())].sort((a, b) => b.run.localeCompare(a.run));
  await cli(['retry', latest?.run ?? '', '--wait']);

  expect((await workflows.view(latest?.run ?? '')).state.status).toBe('COMPLETED');
  expect(paidTurns(model)).toEqual(once(5));
}, 60_000);

test.each([
  ['budget: {calls: 5}', 'calls: 5 of 5 are spent', 5],
  ['budget: {tokens: 400}', 'tokens: 440 of 400 are spent', 4],
  ['budget: {money: 0.0005}', 'money: 0.0006 of 0.0005 are spent', 3],
])(
  '%s stops an agent before the turn that it does not cover',
  async (budget, what, calls) => {
    const { view } = await runAgent(50, { budget, isTroubled: false });

    expect(view.state.status).toBe('FAILED');
    expect(view.state.error).toMatchObject({ code: 'budget.exceeded' });
    expect(view.state.error?.message).toContain(what);
    expect(view.state.spent?.calls).toBe(calls);
  },
  60_000,
);

test('a budget that asks has the run paused once; resumed it goes on', async () => {
  const { view, paid } = await runAgent(7, {
    budget: 'budget: {calls: 10, ask_at: 0.5}',
    isTroubled: false,
    resumes: true,
  });

  expect(view.state.status).toBe('COMPLETED');
  expect(view.state.budgetAsked).toBe(true);
  expect(paid).toEqual(once(7));
}, 60_000);
