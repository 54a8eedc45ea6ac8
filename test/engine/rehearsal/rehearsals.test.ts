// A rehearsal plays a scenario on a real engine and stops at the first record that is not as foretold. Method: what the
// explorer foretells of small definitions, right as it is and wrong in one place.
import { expect, test } from 'vitest';
import { compileChart } from '../../../machines/chart/chart.ts';
import { type LoadedDefinition, loadDefinition } from '../../../machines/language/load-definition.ts';
import { candidatesOf } from '../../../machines/prover/candidates/candidates-of.ts';
import { begin } from '../../../machines/prover/explore/explore.ts';
import type { Move, Scenario } from '../../../machines/prover/explore/scenario.ts';
import { scenarioOf } from '../../../machines/prover/explore/scenario-of.ts';
import { createRehearsals } from '../../../src/compose/rehearsal.ts';

const rehearsals = createRehearsals();
const startSlow: Move = { type: 'start', input: {}, pace: 'slow' };
const done = (task: string, output: number | object = {}, attempt = 1): Move => ({
  type: 'complete',
  task,
  attempt,
  output: output as never,
});
const failed = (task: string, attempt = 1): Move => ({
  type: 'fail',
  task,
  attempt,
  error: { code: 'broken', message: 'it broke', retryable: true },
});

function loadedFrom(lines: string): LoadedDefinition {
  const content = `workflow:\n  id: rehearsed\n  version: 1\n${lines}`;
  const read = loadDefinition({ file: 'rehearsed.yaml', content });
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('; '));

  return read.loaded;
}

function foretold(loaded: LoadedDefinition, moves: readonly Move[]): Scenario {
  const chart = compileChart(loaded.definition, loaded.ref);

  return scenarioOf('under test', begin(chart, candidatesOf(loaded.definition, chart)), moves);
}

const retried = loadedFrom(`
  tasks:
    - {id: fetch, uses: noop, retry_policy: {max_attempts: 2, initial_delay: 10s, jitter: none}}
    - {id: store, uses: noop, depends_on: fetch}
`);
const moves = [
  startSlow,
  failed('fetch'),
  { type: 'pass' } as const,
  done('fetch', { n: 1 }, 2),
  done('store'),
];
const scenario = foretold(retried, moves);

test('an engine records what is foretold', async () => {
  expect(scenario.end.status).toBe('COMPLETED');
  const recorded = scenario.parts.reduce((sum, { records }) => sum + records.length, 0);

  expect(await rehearsals.play(retried, scenario)).toEqual({ ok: true, records: recorded });
});

type Part = Scenario['parts'][number];

/** The scenario with one of its parts written otherwise. */
function withPart(index: number, edit: (part: Part) => Part): Scenario {
  return { ...scenario, parts: scenario.parts.map((part, at) => (at === index ? edit(part) : part)) };
}

test.each([
  [
    'a record too few is foretold',
    1,
    withPart(1, (part) => ({ ...part, records: [] })),
    /^nothing more should be recorded; there is task\.failed of fetch \{/,
  ],
  [
    'a record too many is foretold',
    4,
    withPart(4, (part) => ({ ...part, records: [...part.records, ...part.records.slice(-1)] })),
    /^task\.completed of store should be recorded; there is nothing more$/,
  ],
  [
    'another fact is foretold',
    3,
    withPart(3, (part) => ({
      ...part,
      records: part.records.map((each) =>
        each.type === 'task.completed'
          ? { ...each, fact: { task: 'fetch', attempt: 2, output: { n: 2 } } }
          : each,
      ),
    })),
    /^task\.completed of fetch should say .*"n":2.*; it says .*"n":1/,
  ],
  [
    'another transition is foretold',
    3,
    withPart(3, (part) => ({
      ...part,
      records: part.records.map((each) => ({ ...each, transitions: each.transitions.slice(1) })),
    })),
    /^task\.completed of fetch should lead to store: waiting -> scheduled; it leads to fetch: in_progress -> completed, store/,
  ],
  [
    'another end is foretold',
    4,
    { ...scenario, end: { ...scenario.end, tasks: { ...scenario.end.tasks, store: 'skipped' } } },
    /^the state of store should be "skipped" at the end; it is "completed"$/,
  ],
  [
    'nobody carries out what is to be answered',
    2,
    withPart(2, () => ({ move: done('store'), records: [] })),
    /^nobody carries attempt 1 of store out$/,
  ],
  [
    'the run refuses what is asked',
    2,
    withPart(2, () => ({ move: { type: 'approve', task: 'store', by: 'ana' }, records: [] })),
    /^it is refused: store is a SIMPLE task and asks nobody$/,
  ],
])('%s: the rehearsal says after which move it differs, and how', async (_, part, wrong, message) => {
  expect(await rehearsals.play(retried, wrong)).toMatchObject({
    ok: false,
    part,
    message: expect.stringMatching(message),
  });
});

test('a scenario that does not begin with a start is none', async () => {
  const headless = { ...scenario, parts: scenario.parts.slice(1) };

  expect(await rehearsals.play(retried, headless)).toMatchObject({ ok: false, part: 0 });
});

test.each([
  [
    'a circuit breaker that would open',
    `
  tasks:
    - id: call
      uses: noop
      retry_policy: {max_attempts: 3, initial_delay: 1s, jitter: none}
      circuit_breaker: {failures: 1, window: 1h, open_for: 1h}
`,
    [failed('call'), { type: 'pass' }, failed('call', 2), { type: 'pass' }, done('call', {}, 3)],
    'COMPLETED',
  ],
  [
    'a secret that goes to another run',
    `
  input: {properties: {key: {type: string, secret: true, default: s3cret-value}}}
  tasks:
    - {id: sign, type: SUB_WORKFLOW, workflow: elsewhere, input: {with: "\${workflow.input.key}"}}
`,
    [{ type: 'endChild', task: 'sign', attempt: 1, status: 'COMPLETED', output: { n: 1 } }],
    'COMPLETED',
  ],
  [
    'a failure workflow that is written out',
    `
  failure_workflow: {id: mend, steps: [{id: tidy, uses: noop}]}
  tasks:
    - {id: call, uses: noop, retry_policy: {max_attempts: 1}}
`,
    [failed('call')],
    'FAILED',
  ],
  [
    'runs that wait for their place, and files that are written',
    `
  concurrency: {limit: 1}
  tasks:
    - {id: make, type: TRANSFORM, output: {n: 1}, output_to: out/made.yaml}
    - {id: call, uses: noop, output_to: out/called.yaml}
`,
    [done('call', { n: 2 })],
    'COMPLETED',
  ],
  [
    'a year without anybody',
    `
  tasks:
    - {id: sleep, type: WAIT, duration: 365d}
`,
    [{ type: 'pass' }],
    'COMPLETED',
  ],
] satisfies readonly (readonly [string, string, readonly Move[], string])[])(
  'an engine on its own plays %s',
  async (_, lines, then, status) => {
    const loaded = loadedFrom(lines);
    const { input } = loaded.definition;
    const given = Object.fromEntries(
      Object.entries(input).map(([name, { default: preset = null }]) => [name, preset]),
    );
    const played = foretold(loaded, [{ type: 'start', input: given, pace: 'quick' }, ...then]);

    expect(played.end.status).toBe(status);
    expect(await rehearsals.play(loaded, played)).toMatchObject({ ok: true });
  },
);

test('nothing of a rehearsal is left for the next one', async () => {
  const limited = loadedFrom(`
  concurrency: {limit: 1, on_limit: refuse}
  tasks:
    - {id: call, uses: noop}
`);
  const unfinished = foretold(limited, [startSlow]);
  const results = await Promise.all([1, 2, 3].map(() => rehearsals.play(limited, unfinished)));

  expect(results.map(({ ok }) => ok)).toEqual([true, true, true]);
});
