// Definitions with effects that go wrong, and that wait for ever: broken in one place each.
import { agent, type Broken, set, zero } from './broken-parts.ts';

const list = 'input: {properties: {list: {type: array}}, required: [list]}';

export const effects: readonly Broken[] = [
  {
    name: 'two that set a variable at the same time',
    code: 'deep.race',
    head: zero,
    tasks: [
      `{id: a, ${agent}}`,
      `{id: b, ${agent}}`,
      `{id: c, depends_on: a, ${set('n', 'workflow.variables.n + 1')}}`,
      `{id: d, depends_on: @@, ${set('n', 'workflow.variables.n + 1')}}`,
    ],
    broken: 'b',
    mended: '[b, c]',
  },
  {
    name: 'one that reads a variable while another sets it',
    code: 'deep.race',
    head: zero,
    tasks: [
      `{id: a, ${agent}}`,
      `{id: c, depends_on: a, ${set('n', 'workflow.variables.n + 1')}}`,
      `{id: d, ${agent}, depends_on: @@, input: {n: "\${workflow.variables.n}"}}`,
    ],
    broken: 'a',
    mended: 'c',
  },
  {
    name: 'branches that set the same variable',
    code: 'deep.race',
    head: zero,
    tasks: [
      `{id: f, type: FORK, optional: true, branches: [[{id: a, ${agent}}, {id: c, ${set('n', '1')}}], [{id: b, ${agent}}, {id: d, ${set('@@', '2')}}]]}`,
    ],
    broken: 'n',
    mended: 'm',
  },
  {
    name: 'passes side by side that set the same variable',
    code: 'deep.race',
    head: `${zero}\n${list}`,
    tasks: [
      `{id: f, type: FORK, optional: true, for_each: workflow.input.list, concurrency: @@, tasks: [{id: c, ${set('n', 'index')}}]}`,
    ],
    broken: '2',
    mended: '1',
  },
  {
    name: 'a file that stays when the run fails',
    code: 'deep.not-undone',
    tasks: [
      '{id: a, assigned_to: ANA, compensate: u}',
      '{id: u, assigned_to: ANA}',
      '{id: b, uses: @@, depends_on: a, optional: true, timeout: 5s, input: {folder: x}}',
      '{id: c, uses: files.scan, input: {folder: x}, depends_on: b}',
    ],
    broken: 'folders.create',
    mended: 'files.scan',
  },
  {
    name: 'an event that stays when the run fails',
    code: 'deep.not-undone',
    tasks: [
      '{id: a, assigned_to: ANA, compensate: u}',
      '{id: u, assigned_to: ANA}',
      '{id: b, type: EVENT, depends_on: a, event: {type: order.placed}@@}',
      '{id: w, type: EVENT, event: {type: order.withdrawn}}',
      '{id: c, uses: files.scan, input: {folder: x}, depends_on: b}',
    ],
    broken: ', catch: [{errors: [never.seen], next: w}]',
    mended: ', compensate: w',
  },
  {
    name: 'a failure that nobody thought of',
    code: 'deep.unhandled-failure',
    tasks: ['{id: a, assigned_to: ANA@@}'],
    broken: '',
    mended: ', retry_policy: {max_attempts: 3}, timeout: 5m',
  },
  {
    name: 'a rejection that nobody thought of',
    code: 'deep.unhandled-failure',
    tasks: ['{id: a, type: HUMAN, timeout: 1h@@}'],
    broken: '',
    mended: ', on_reject: fail',
  },
  {
    name: 'another run whose failure nobody thought of',
    code: 'deep.unhandled-failure',
    tasks: ['{id: a, type: SUB_WORKFLOW, workflow: other@@}'],
    broken: '',
    mended: ', optional: true',
  },
];

export const waiting: readonly Broken[] = [
  {
    name: 'an approval that may be forgotten',
    code: 'deep.waits-for-ever',
    tasks: ['{id: a, type: HUMAN, on_reject: fail@@}'],
    broken: '',
    mended: ', timeout: 1d',
  },
  {
    name: 'an escalation that may be forgotten',
    code: 'deep.waits-for-ever',
    tasks: ['{id: a, type: HUMAN, on_reject: fail, timeout: 1h, on_timeout: @@}'],
    broken: 'escalate, escalate_to: {level: L0}',
    mended: 'reject',
  },
  {
    name: 'a signal that may never come',
    code: 'deep.waits-for-ever',
    tasks: ['{id: a, type: WAIT, signal: paid, optional: true@@}'],
    broken: '',
    mended: ', timeout: 1d',
  },
  {
    name: 'a run that pauses until somebody looks',
    code: 'deep.waits-for-ever',
    tasks: ['{id: a, assigned_to: ANA, retry_policy: {max_attempts: 2, on_exhausted: @@}, timeout: 5m}'],
    broken: 'pause',
    mended: 'fail',
  },
];
