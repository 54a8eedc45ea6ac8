// Definitions that are broken in one place each, and what mends them.
import { effects, waiting } from './broken-effects.ts';
import { agent, type Broken, counted, zero } from './broken-parts.ts';

const mode = 'input: {properties: {mode: {type: string, enum: [fast, slow]}}, required: [mode]}';
const size = 'input: {properties: {size: {type: integer}}, required: [size]}';

const never: readonly Broken[] = [
  {
    name: 'a condition that contradicts itself',
    code: 'deep.never-runs',
    head: size,
    tasks: [`{id: a, ${agent}, when: "workflow.input.size > 9 && workflow.input.size < @@"}`],
    broken: '3',
    mended: '30',
  },
  {
    name: 'a condition that contradicts the one before',
    code: 'deep.never-runs',
    head: mode,
    tasks: [
      `{id: a, ${agent}, when: 'workflow.input.mode == "fast"'}`,
      `{id: b, ${agent}, depends_on: a, when: 'workflow.input.mode == "@@"'}`,
    ],
    broken: 'slow',
    mended: 'fast',
  },
  {
    name: 'a case that the enum does not have',
    code: 'deep.never-runs',
    head: mode,
    tasks: [
      '{id: route, type: DECISION, decision_param: workflow.input.mode, decision_cases: {fast: {next: a}, @@: {next: b}}, default: c}',
      `{id: a, ${agent}}`,
      `{id: b, ${agent}}`,
      `{id: c, ${agent}}`,
    ],
    broken: 'slwo',
    mended: 'slow',
  },
  {
    name: 'a case whose condition excludes its value',
    code: 'deep.never-runs',
    head: mode,
    tasks: [
      `{id: route, type: DECISION, decision_param: workflow.input.mode, decision_cases: {fast: {next: a, condition: 'workflow.input.mode == "@@"'}}, default: b}`,
      `{id: a, ${agent}}`,
      `{id: b, ${agent}}`,
    ],
    broken: 'slow',
    mended: 'fast',
  },
  {
    name: 'a case that the way there excludes',
    code: 'deep.never-runs',
    head: size,
    tasks: [
      '{id: grade, type: TRANSFORM, output: {high: "${workflow.input.size > 5}"}}',
      '{id: route, type: DECISION, depends_on: grade, when: grade.output.high == true, decision_param: grade.output.high, decision_cases: {"@@": {next: a}}, default: []}',
      `{id: a, ${agent}}`,
    ],
    broken: 'false',
    mended: 'true',
  },
  {
    name: 'a fallback of what cannot fail',
    code: 'deep.never-runs',
    tasks: ['{id: a, @@, fallback: b}', `{id: b, ${agent}}`],
    broken: 'type: TRANSFORM, output: {x: 1}',
    mended: 'assigned_to: ANA',
  },
  {
    name: 'a catch of an error that its task does not have',
    code: 'deep.never-runs',
    tasks: ['{id: a, type: HUMAN, timeout: 1h, catch: [{errors: [@@], next: b}]}', `{id: b, ${agent}}`],
    broken: 'approval.refused',
    mended: 'approval.denied',
  },
  {
    name: 'a body over a list that is always empty',
    code: 'deep.never-runs',
    head: 'variables: {list: @@}',
    tasks: [
      `{id: a, type: FORK, for_each: workflow.variables.list, optional: true, tasks: [{id: b, ${agent}}]}`,
    ],
    broken: '[]',
    mended: '[1]',
  },
  {
    name: 'a signal that cannot match',
    code: 'deep.never-matches',
    tasks: [
      `{id: a, type: WAIT, signal: paid, timeout: 1h, optional: true, match: 'signal.data.kind == "a" && signal.data.kind == "@@"'}`,
    ],
    broken: 'b',
    mended: 'a',
  },
];

const unbounded: readonly Broken[] = [
  {
    name: 'a loop that counts the wrong way',
    code: 'deep.unbounded',
    head: zero,
    tasks: [counted('workflow.variables.n < 3', 'workflow.variables.n @@ 1')],
    broken: '-',
    mended: '+',
  },
  {
    name: 'a loop that sets what it had',
    code: 'deep.unbounded',
    head: zero,
    tasks: [counted('workflow.variables.n < 3', '@@')],
    broken: 'workflow.variables.n',
    mended: 'workflow.variables.n + 1',
  },
  {
    name: 'a loop whose condition leaves nothing out',
    code: 'deep.unbounded',
    head: zero,
    tasks: [counted('workflow.variables.n < 3 || workflow.variables.n @@ 2', 'workflow.variables.n + 1')],
    broken: '>',
    mended: '==',
  },
  {
    name: 'a loop of which only the default limit is sure',
    code: 'deep.unbounded',
    tasks: [
      '{id: a, type: DO_WHILE, optional: true, @@loop_condition: b.output.score < 8, tasks: [{id: b, assigned_to: ANA, output: [score]}]}',
    ],
    broken: '',
    mended: 'max_iterations: 3, ',
  },
  {
    name: 'a workflow that starts itself on every way',
    code: 'deep.unbounded',
    tasks: [
      '{id: a, assigned_to: ANA, output: [more], fallback: c}',
      '{id: c, type: TRANSFORM, output: {more: @@}}',
      '{id: again, type: SUB_WORKFLOW, workflow: under-test, depends_on: a, optional: true, when: a.output.more == true || a.status == "COMPLETED"}',
    ],
    broken: 'true',
    mended: 'false',
  },
  {
    name: 'a run that waits for a run which waits for its place',
    code: 'deep.deadlock',
    head: 'concurrency: {limit: 1, on_limit: @@}',
    tasks: [
      '{id: a, assigned_to: ANA, optional: true, output: [more]}',
      '{id: again, type: SUB_WORKFLOW, workflow: under-test, depends_on: a, optional: true, when: a.status == "COMPLETED" && a.output.more == true}',
    ],
    broken: 'queue',
    mended: 'refuse',
  },
];

const structure: readonly Broken[] = [
  {
    name: 'tasks that wait for each other',
    code: 'definition.cycle',
    tasks: [`{id: a, ${agent}@@}`, `{id: b, ${agent}, depends_on: a}`],
    broken: ', depends_on: b',
    mended: '',
  },
  {
    name: 'a join for more than can complete',
    code: 'definition.impossible-join',
    tasks: [`{id: a, ${agent}}`, `{id: b, ${agent}}`, `{id: c, ${agent}, depends_on: [a, b], join: @@}`],
    broken: '3',
    mended: '2',
  },
  {
    name: 'a task after the end',
    code: 'definition.unstartable',
    tasks: [
      '{id: a, type: TERMINATE, status: COMPLETED, when: workflow.input.size > 3}',
      `{id: b, ${agent}@@}`,
    ],
    head: size,
    broken: ', depends_on: a',
    mended: '',
  },
  {
    name: 'attempts that may hang',
    code: 'definition.retry-without-timeout',
    tasks: ['{id: a, assigned_to: ANA, retry_policy: {max_attempts: 3}@@}'],
    broken: '',
    mended: ', timeout: 5m',
  },
];

export const brokenDefinitions: readonly Broken[] = [
  ...never,
  ...unbounded,
  ...effects,
  ...waiting,
  ...structure,
];
