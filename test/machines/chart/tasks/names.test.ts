// The names in a task may be expressions: of an agent, skills, people, a signal, a definition. Method: drive the core
// with commands; the driver replays every prefix of the journal besides.
import { expect, test } from 'vitest';
import type { Json } from '../../../../events/canonical-json.ts';
import { chartOf } from '../../../support/chart-of.ts';
import { startedRun } from '../../../support/run-spec.ts';
import { deepOf } from '../../prover/deep/deep-of.ts';

const started = (task: string, input: Record<string, Json> = { who: 'ana' }, more = '') =>
  startedRun(chartOf(`- {id: t, ${task}}\n${more}`, 'input: {required: [who]}'), input);

test.each([
  ['assigned_to: "${workflow.input.who}"', 'ana', { agent: 'ana' }],
  ['assigned_to: "team-${workflow.input.who}"', 'ana', { agent: 'team-ana' }],
  ['requires: ["${workflow.input.who}", paint]', 'draw', { skills: ['draw', 'paint'] }],
  ['requires: "${workflow.input.who}"', ['draw', 'cut'], { skills: ['draw', 'cut'] }],
  ['type: WAIT, signal: "paid-${workflow.input.who}"', 7, { signal: 'paid-7' }],
  ['type: SUB_WORKFLOW, workflow: "${workflow.input.who}"', 'ship@2', { workflow: 'ship@2' }],
  [
    'type: HUMAN, approvers: {names: ["${workflow.input.who}"], level: "${\'L\' + \'1\'}"}',
    'ana',
    { approvers: { names: ['ana'], level: 'L1' } },
  ],
])('%s is evaluated when the task is scheduled', (task, who, names) => {
  const run = started(task, { who });

  expect(run.at('t').names).toEqual(names);
  expect(run.trail).toContain('t: waiting -> naming');
});

test.each([
  ['assigned_to: "${workflow.input.who}"', 7, 'assigned_to of t gives 7, which is not the name of an agent'],
  [
    'assigned_to: "${workflow.input.who}"',
    '',
    'assigned_to of t gives "", which is not the name of an agent',
  ],
  ['requires: ["${workflow.input.who}"]', null, 'requires of t gives null, which is not the name of a skill'],
  ['requires: "${workflow.input.who}"', [], 'requires of t gives 0 names, and 1 to 100 are expected'],
  [
    'type: WAIT, signal: "${workflow.input.who}"',
    {},
    'signal of t gives {}, which is not the name of a signal',
  ],
  [
    'type: SUB_WORKFLOW, workflow: "${workflow.input.who}"',
    'A B',
    'workflow of t gives "A B", which is not a definition',
  ],
  [
    'type: HUMAN, approvers: {level: "${workflow.input.who}"}',
    'L9',
    'approvers of t gives "L9", which is not a level',
  ],
  [
    'type: HUMAN, approvers: {names: ["${workflow.input.who}"]}',
    'engine',
    'approvers of t gives "engine", which is not the name of a person',
  ],
])('%s fails the task where it gives %j', (task, who, message) => {
  const run = started(task, { who }).isIn('FAILED');

  expect(run.at('t').error).toMatchObject({ code: 'name.invalid', retryable: false });
  expect(run.at('t').error?.message).toContain(message);
});

test('a name that cannot be evaluated fails the task, and may be caught', () => {
  const run = started(
    'assigned_to: "${workflow.input.who.name}", catch: [{errors: expression.failed, next: instead}]',
    { who: {} },
    '- {id: instead, type: NOOP}',
  ).isIn('COMPLETED');

  expect(run.statuses()).toEqual({ t: 'FAILED', instead: 'COMPLETED' });
});

test('the approvers that an expression names may answer, and nobody else', () => {
  started('type: HUMAN, approvers: {names: ["${workflow.input.who}"]}')
    .refuses({ kind: 'approve', task: 't', by: 'ben' }, 'approval.not-allowed')
    .refuses({ kind: 'approve', task: 't', by: '${workflow.input.who}' }, 'approval.not-allowed')
    .does({ kind: 'approve', task: 't', by: 'ana' })
    .isIn('COMPLETED');
});

test('a WAIT takes the signal that its expression names, kept ones included, and the run says which', () => {
  const run = started('type: WAIT, signal: "paid-${workflow.input.who}"', { who: 7 });
  expect(JSON.parse(run.bodies.at(-1) ?? '{}').data.head.awaits).toEqual(['paid-7']);
  run.does({ kind: 'signal', name: 'paid-8', data: 1 }).isIn('RUNNING');
  run.does({ kind: 'signal', name: 'paid-7', data: 2 }).isIn('COMPLETED');

  const kept = started(
    'type: WAIT, depends_on: first, signal: "${workflow.input.who}"',
    { who: 's' },
    '- {id: first, uses: noop}',
  );
  kept.does({ kind: 'signal', name: 's', data: 3 }).completes('first').isIn('COMPLETED');
});

test('every attempt goes to the same name; a run that is retried evaluates it anew', () => {
  const run = started(
    'assigned_to: "${workflow.input.who}", retry_policy: {max_attempts: 2, initial_delay: 1s}',
  );
  run.fails('t').passes(1_000);
  expect(run.at('t')).toMatchObject({ attempt: 2, names: { agent: 'ana' } });

  run.fails('t').isIn('FAILED').does({ kind: 'retryRun' });
  expect(run.trail.filter((each) => each.endsWith('-> naming'))).toHaveLength(2);
});

test('each item is done by whom it names', () => {
  const run = startedRun(
    chartOf(
      '- {id: each, type: FORK, for_each: "${workflow.input.who}", as: one, tasks: [{id: t, assigned_to: "${one}"}]}',
      'input: {required: [who]}',
    ),
    { who: ['ana', 'ben'] },
  );

  expect([0, 1].map((index) => run.at(`each[${index}].t`).names)).toEqual([
    { agent: 'ana' },
    { agent: 'ben' },
  ]);
});

test('each item may start a run of a definition that it names', () => {
  const run = startedRun(
    chartOf(
      '- {id: each, type: FORK, for_each: "${workflow.input.who}", workflow: "${item.kind}"}',
      'input: {required: [who]}',
    ),
    { who: [{ kind: 'ship' }, { kind: 'pick@3' }] },
  );

  expect([0, 1].map((index) => run.at(`each[${index}].each/item`).names)).toEqual([
    { workflow: 'ship' },
    { workflow: 'pick@3' },
  ]);
});

test('the prover answers as whom the expression names', () => {
  const { explored, said } = deepOf(
    `
    - {id: ask, type: HUMAN, approvers: {names: ["\${workflow.input.boss}"]}, timeout: 1d}
    - {id: paid, type: WAIT, depends_on: ask, signal: "paid-\${workflow.input.boss}", timeout: 1d}
    `,
    'input: {properties: {boss: {type: string}}, required: [boss]}',
  );
  const moves = [...explored.scenes.values()].flatMap(({ edges }) => edges.map(({ move }) => move));
  const by = moves.flatMap((move) => (move.type === 'approve' ? [move.by] : []));
  const names = moves.flatMap((move) => (move.type === 'signal' ? [move.name] : []));

  expect(said).toEqual([]);
  expect(by.length * names.length).toBeGreaterThan(0);
  expect([...by, ...names].filter((each) => each.includes('$'))).toEqual([]);
});
