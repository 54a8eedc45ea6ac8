// The shell around the core: what it appends is what it holds, what it carries out follows from what was appended,
// and it loses nothing when it stops anywhere. Method: the real engine on the in-memory journal, which passes the
// same contract suite as the real one; every attempt is ended by the test, every clock tick is the test's.
import { expect, test } from 'vitest';
import { canonicalJson } from '../../events/canonical-json.ts';
import { JournalRecord } from '../../events/record.ts';
import { fold } from '../../machines/run/record/fold.ts';
import { type Journal, JournalUnavailable } from '../../src/ports/runs/journal.ts';
import { createMemoryDefinitionStore } from '../../src/stores/memory/definition-store.ts';
import { chartOfText } from '../support/chart-of.ts';
import { bodiesOf, createStage, register } from '../support/engine-bench.ts';

const text = `workflow:
  id: pair
  version: 1
  tasks:
    - {id: a, uses: noop, retry_policy: {max_attempts: 2, initial_delay: 10s}}
    - {id: b, uses: noop, depends_on: a, timeout: 1m}
    - id: gate
      type: DECISION
      depends_on: b
      decision_param: b.output.verdict
      decision_cases: {GOOD: {next: c}, BAD: {next: d}}
    - {id: c, uses: noop}
    - {id: d, uses: noop}
`;
const chart = chartOfText(text);
const start = { run: 'run-1', chart, input: {}, actor: 'test' };

test('what the engine holds is the fold of what it appended, byte for byte', async () => {
  const stage = createStage();
  await stage.engine.startRun(start);
  (await stage.attempt('a#1')).complete({ n: 1 });
  (await stage.attempt('b#1')).complete({ verdict: 'GOOD' });
  (await stage.attempt('c#1')).complete();
  const run = await stage.until(({ state }) => state.status === 'COMPLETED');

  const bodies = await bodiesOf(stage.journal, 'run-1');
  const folded = fold(
    chart,
    bodies.map((body) => ({ body, record: JournalRecord.parse(JSON.parse(body)) as JournalRecord })),
  );
  expect(canonicalJson(folded.state)).toBe(canonicalJson(run.state));
  expect(stage.begun).toEqual(['a#1', 'b#1', 'c#1']);
  expect(stage.troubles).toEqual([]);
});

test('an attempt that ends at once is recorded by its end alone, a longer one by its start as well', async () => {
  const stage = createStage();
  await stage.engine.startRun(start);
  (await stage.attempt('a#1')).complete();
  const { complete } = await stage.attempt('b#1');
  stage.clock.advance(25);
  await stage.until(({ state }) => state.tasks['b']?.state === 'in_progress');
  complete({ verdict: 'BAD' });
  await stage.attempt('d#1');

  const types = (await bodiesOf(stage.journal, 'run-1')).map(
    (body) => (JSON.parse(body) as JournalRecord).type,
  );
  expect(types).toEqual(['run.started', 'task.completed', 'task.started', 'task.completed', 'decision.made']);
});

test('another engine goes on from any event with exactly what is left to do', async () => {
  const definitions = createMemoryDefinitionStore();
  await register(definitions, chart, text);
  const keys = ['a#1', 'b#1', 'c#1'] as const;
  const results = { 'a#1': {}, 'b#1': { verdict: 'GOOD' }, 'c#1': {} } as const;
  for (let done = 0; done < keys.length; done += 1) {
    const first = createStage({ definitions });
    await first.engine.startRun(start);
    for (const key of keys.slice(0, done)) (await first.attempt(key)).complete(results[key]);
    await first.attempt(keys[done] ?? '');
    await first.engine.release(() => true);

    const second = createStage({ definitions, journal: first.journal });
    await second.engine.adopt('run-1');
    for (const key of keys.slice(done)) (await second.attempt(key)).complete(results[key]);
    await second.until(({ state }) => state.status === 'COMPLETED');
    expect(second.begun, `taken over after ${done} tasks`).toEqual(keys.slice(done));
  }
});

test('an engine that lost the run to another neither records nor repeats anything', async () => {
  const definitions = createMemoryDefinitionStore();
  await register(definitions, chart, text);
  const first = createStage({ definitions });
  await first.engine.startRun(start);
  const late = await first.attempt('a#1');
  const second = createStage({ definitions, journal: first.journal });
  await second.engine.adopt('run-1');
  (await second.attempt('a#1')).complete({ by: 'second' });
  await second.attempt('b#1');

  late.complete({ by: 'first' });
  // The first engine finds that the journal moved on, reads it, and takes part in what is left.
  const { attempt } = await first.attempt('b#1');
  expect(attempt).toMatchObject({ key: 'run-1/b', attemptKey: 'run-1/b/1' });
  expect(first.latest()?.state.tasks['a']?.output).toEqual({ by: 'second' });
});

test('a failed attempt is tried again when its delay has passed', async () => {
  const stage = createStage();
  await stage.engine.startRun(start);
  (await stage.attempt('a#1')).fail();
  await stage.until(({ state }) => state.tasks['a']?.state === 'retrying');
  stage.clock.advance(9_999);
  expect(stage.begun).toEqual(['a#1']);
  stage.clock.advance(1);
  await stage.attempt('a#2');
});

test('an attempt that timed out is told to stop and its late result changes nothing', async () => {
  const stage = createStage();
  await stage.engine.startRun(start);
  (await stage.attempt('a#1')).complete();
  const { attempt, complete } = await stage.attempt('b#1');
  stage.clock.advance(25);
  await stage.until(({ state }) => state.tasks['b']?.state === 'in_progress');
  stage.clock.advance(60_000);
  const run = await stage.until(({ state }) => state.status === 'FAILED');
  expect(attempt.signal.aborted).toBe(true);
  complete({ verdict: 'GOOD' });
  expect(await bodiesOf(stage.journal, 'run-1')).toHaveLength(run.sequence);
});

test('a result is kept until the journal can be reached again', async () => {
  let down = false;
  const wrap = (journal: Journal): Journal => ({
    ...journal,
    append: (append) => (down ? Promise.reject(new JournalUnavailable('down')) : journal.append(append)),
  });
  const stage = createStage({ wrap });
  await stage.engine.startRun(start);
  const { complete } = await stage.attempt('a#1');
  down = true;
  complete({});
  while (stage.troubles.length === 0) await Promise.resolve();
  down = false;
  stage.clock.advance(1_000);
  await stage.attempt('b#1');
  expect(stage.begun).toEqual(['a#1', 'b#1']);
});

test('an output larger than a run keeps fails its attempt instead of stopping the run', async () => {
  const stage = createStage();
  await stage.engine.startRun(start);
  (await stage.attempt('a#1')).complete('x'.repeat(33 * 1024 * 1024));
  const run = await stage.until(({ state }) => state.status === 'FAILED');

  expect(run.state.error).toMatchObject({ code: 'output.too-large', retryable: false });
});

test('an expression that fails when an input is made fails the task with the values it saw', async () => {
  const broken = chartOfText(`workflow:
  id: broken
  version: 1
  input: {required: [n]}
  tasks:
    - {id: a, uses: noop, input: {x: "\${workflow.input.n / 0}"}}
`);
  const stage = createStage();
  await stage.engine.startRun({ ...start, chart: broken, input: { n: 3 } });
  const run = await stage.until(({ state }) => state.status === 'FAILED');

  expect(run.state.error).toMatchObject({
    code: 'expression.failed',
    details: { values: { 'workflow.input.n': 3 } },
  });
  expect(stage.begun).toEqual([]);
});

test('no more attempts are under way than are allowed', async () => {
  const wide = chartOfText(`workflow:
  id: wide
  version: 1
  tasks:
${['a', 'b', 'c', 'd'].map((id) => `    - {id: ${id}, uses: noop}`).join('\n')}
`);
  const stage = createStage({ concurrencyMax: 2 });
  await stage.engine.startRun({ ...start, chart: wide });
  await stage.attempt('b#1');
  expect(stage.begun).toEqual(['a#1', 'b#1']);
  (await stage.attempt('a#1')).complete();
  await stage.attempt('c#1');
  expect(stage.begun).toEqual(['a#1', 'b#1', 'c#1']);
});

test('a run whose journal holds a stranger is set aside, and others go on', async () => {
  const definitions = createMemoryDefinitionStore();
  await register(definitions, chart, text);
  const stage = createStage({ definitions });
  await stage.engine.startRun(start);
  const { complete } = await stage.attempt('a#1');
  stage.journal.plant({ run: 'run-1', body: 'forged' });
  complete({});
  await stage.engine.startRun({ ...start, run: 'run-2' });
  const answer = await stage.engine.submit('run-1', { kind: 'pauseRun' }, { actor: 'ana' });

  expect(answer).toMatchObject({ ok: false, refusal: { code: 'run.quarantined' } });
  const again = stage.engine.submit('run-1', { kind: 'terminateRun' }, { actor: 'ana' });
  await expect(again).rejects.toMatchObject({ code: 'run.quarantined' });
  expect(stage.latest()?.state.run).toBe('run-2');
});

test('an event that a former owner appended behind the back of the present one is noticed', async () => {
  const definitions = createMemoryDefinitionStore();
  const asking = `workflow:
  id: asking
  version: 1
  tasks:
    - {id: ask, type: HUMAN, wait_for_approval: true}
    - {id: after, uses: noop, depends_on: ask}
`;
  await register(definitions, chartOfText(asking), asking);
  const former = createStage({ definitions });
  await former.engine.startRun({ ...start, chart: chartOfText(asking) });
  const present = createStage({ definitions, journal: former.journal });
  await present.engine.adopt('run-1');
  await former.engine.submit('run-1', { kind: 'approve', task: 'ask', by: 'ana' }, { actor: 'ana' });
  await former.engine.stop();

  expect(present.begun).toEqual([]);
  const noticed = present.attempt('after#1').then(() => true);
  const isNoticed = () =>
    Promise.race([noticed, new Promise<false>((resolve) => setImmediate(resolve, false))]);
  while (!(await isNoticed())) present.clock.advance(500);
});

test('a journal that cannot be read does not lose a result either', async () => {
  const definitions = createMemoryDefinitionStore();
  await register(definitions, chart, text);
  const journal = createStage({ definitions }).journal;
  let down = false;
  const wrap = (whole: Journal): Journal => ({
    ...whole,
    read: (run, options) => {
      if (down) throw new Error('no leader');
      return whole.read(run, options);
    },
  });
  const stage = createStage({ definitions, journal, wrap });
  await stage.engine.startRun(start);
  const { complete } = await stage.attempt('a#1');
  const other = createStage({ definitions, journal });
  await other.engine.submit('run-1', { kind: 'pauseRun' }, { actor: 'ana' });
  down = true;
  complete({});
  while (stage.troubles.length === 0) await Promise.resolve();
  down = false;
  stage.clock.advance(1_000);
  await stage.until(({ state }) => state.tasks['a']?.state === 'completed');
});

test('a transform with output_to writes its output, without a worker', async () => {
  const written = chartOfText(`workflow:
  id: written
  version: 1
  tasks:
    - {id: t, type: TRANSFORM, output: {n: "\${20 + 22}"}, output_to: out/n.yaml}
`);
  const stage = createStage();
  await stage.engine.startRun({ ...start, chart: written });
  const run = await stage.until(({ state }) => state.status === 'COMPLETED');

  expect(run.state.tasks['t']).toMatchObject({ output: { n: 42 }, worker: 'engine' });
  expect(stage.written).toEqual([['out/n.yaml', { n: 42 }]]);
});

test.each([
  [
    'is recorded, though its run is over and the engine stops',
    { stdout: 'last words' },
    ['timer.fired', 'task.logged'],
  ],
  ['is no record where it is nothing', undefined, ['task.started', 'timer.fired']],
])('what an attempt had printed that timed out %s', async (_, log, last) => {
  const stage = createStage({ prints: true });
  await stage.engine.startRun(start);
  (await stage.attempt('a#1')).complete();
  const { attempt, fail } = await stage.attempt('b#1');
  stage.clock.advance(25);
  await stage.until(({ state }) => state.tasks['b']?.state === 'in_progress');
  stage.clock.advance(60_000);
  await stage.until(({ state }) => state.status === 'FAILED');
  const stopped = stage.engine.stop();
  if (log !== undefined) attempt.log(log);
  fail();
  await stopped;

  const bodies = await bodiesOf(stage.journal, 'run-1');
  expect(bodies.map((body) => JSON.parse(body).type).slice(-2)).toEqual(last);
});

test('an engine that stops waits no longer than 3.5 s for a command that does not end', async () => {
  const stage = createStage({ prints: true });
  await stage.engine.startRun(start);
  (await stage.attempt('a#1')).complete();
  await stage.attempt('b#1');
  stage.clock.advance(25);
  await stage.until(({ state }) => state.tasks['b']?.state === 'in_progress');
  stage.clock.advance(60_000);
  await stage.until(({ state }) => state.status === 'FAILED');
  const stopped = stage.engine.stop();
  stage.clock.advance(3_500);

  await expect(stopped).resolves.toBeUndefined();
});
