// Templates whose runs have to do with other runs: those they start, queue behind, or fail like.
import { endsWith, flow, type Template, template } from './template.ts';

const child = flow(`child
  tasks:
    - {id: work, uses: work, input: {fails: 1}, retry_policy: {max_attempts: 2, initial_delay: 300ms}}
    - {id: last, uses: work, depends_on: work}`);
const counted = flow(`counted
  input: {required: [n]}
  tasks: [{id: work, uses: work, input: {gives: "\${workflow.input.n}"}}]`);
const napper = flow(`napper
  tasks: [{id: nap, type: WAIT, duration: 5s}, {id: end, uses: work, depends_on: nap}]`);
const sleeper = flow(`sleeper
  tasks: [{id: nap, type: WAIT, duration: 10m}]`);

const children: readonly Template[] = [
  template(
    'children',
    [
      flow(`children
  tasks:
    - {id: one, type: SUB_WORKFLOW, workflow: child}
    - {id: two, type: SUB_WORKFLOW, workflow: napper, depends_on: one}
    - {id: last, uses: work, depends_on: two}`),
      child,
      napper,
    ],
    { wrong: endsWith('COMPLETED', { one: 'completed', two: 'completed', last: 'completed' }) },
  ),
  template(
    'many-children',
    [
      flow(`many-children
  tasks:
    - {id: all, type: FORK, for_each: "\${[1, 2, 3]}", as: n, concurrency: 2, workflow: counted}
    - {id: alone, type: SUB_WORKFLOW, workflow: napper, wait: false, depends_on: all}
    - {id: end, uses: work, depends_on: alone}`),
      counted,
      napper,
    ],
    { wrong: endsWith('COMPLETED', { all: 'completed', end: 'completed' }) },
  ),
  template(
    'orphans',
    [
      flow(`orphans
  tasks:
    - {id: slow, type: SUB_WORKFLOW, workflow: sleeper}
    # Long enough for the child to be started, whatever crashes.
    - {id: before, uses: work, input: {ms: 12000}}
    - {id: breaks, uses: work, depends_on: before, input: {fails: 9, final: true}}`),
      sleeper,
    ],
    { wrong: endsWith('FAILED', { slow: 'cancelled', breaks: 'failed' }) },
  ),
];

const undoing: readonly Template[] = [
  template(
    'undone',
    [
      flow(`undone
  failure_workflow: {id: undone-answered, steps: [{id: log, uses: work}]}
  tasks:
    - {id: book, uses: work, compensate: unbook}
    - {id: pay, uses: work, depends_on: book, compensate: refund}
    - {id: unbook, uses: work, input: {fails: 1}, retry_policy: {max_attempts: 2}}
    - {id: refund, uses: work}
    - {id: breaks, uses: work, depends_on: pay, input: {fails: 9}, retry_policy: {max_attempts: 2, initial_delay: 1s}}`),
    ],
    { wrong: endsWith('FAILED', { unbook: 'completed', refund: 'completed' }) },
  ),
  template(
    'answered',
    [
      flow(`answered
  failure_workflow: {id: incident}
  tasks: [{id: a, uses: work}, {id: b, uses: work, depends_on: a, input: {fails: 9, final: true}}]`),
      flow(`incident
  input: {required: [error, original_run_id, failed_task]}
  tasks: [{id: log, uses: work}]`),
    ],
    { wrong: endsWith('FAILED') },
  ),
];

const sharing: readonly Template[] = [
  template(
    'queued',
    [
      flow(`queued
  concurrency: {limit: 1, on_limit: queue}
  tasks: [{id: a, uses: work}, {id: nap, type: WAIT, depends_on: a, duration: 2s}, {id: b, uses: work, depends_on: nap}]`),
    ],
    { wrong: endsWith('COMPLETED', { b: 'completed' }), limit: 1 },
  ),
  template(
    'refused',
    [
      flow(`refused
  concurrency: {limit: 1, on_limit: refuse}
  tasks: [{id: a, uses: work}, {id: nap, type: WAIT, depends_on: a, duration: 4s}, {id: b, uses: work, depends_on: nap}]`),
    ],
    { wrong: endsWith('COMPLETED', { b: 'completed' }), limit: 1, mayBeRefused: true },
  ),
  template(
    'guarded',
    [
      flow(`guarded
  tasks:
    - id: a
      uses: work
      input: {fails: 3}
      circuit_breaker: {failures: 2, window: 1m, open_for: 3s, half_open: 1}
      retry_policy: {max_attempts: 5, backoff: fixed, initial_delay: 200ms}
    - {id: b, uses: work, depends_on: a}`),
    ],
    { wrong: endsWith('COMPLETED', { b: 'completed' }) },
  ),
];

export const relatedTemplates: readonly Template[] = [...children, ...undoing, ...sharing];
