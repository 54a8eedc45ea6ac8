// Templates whose runs start no other runs.
import { endsWith, flow, type Template, template } from './template.ts';

const completed = endsWith('COMPLETED');

/** Attempts, their order and what is decided between them. None has a time-out that could hide a lost dispatch. */
const attempts: readonly Template[] = [
  template(
    'sequence',
    [
      flow(`sequence
  tasks:
    - {id: a, uses: work}
    - {id: b, uses: work, depends_on: a, input: {fails: 2}, retry_policy: {max_attempts: 3, initial_delay: 500ms}}
    - {id: c, uses: work, depends_on: b}`),
    ],
    { wrong: endsWith('COMPLETED', { a: 'completed', b: 'completed', c: 'completed' }) },
  ),
  template(
    'diamond',
    [
      flow(`diamond
  tasks:
    - {id: top, uses: work}
    - {id: left, uses: work, depends_on: top}
    - {id: right, uses: work, depends_on: top, input: {fails: 1}, retry_policy: {max_attempts: 2, backoff: fixed, initial_delay: 2s}}
    - {id: slow, uses: work, depends_on: top, input: {ms: 3000, beats: true}}
    - {id: first, uses: work, depends_on: [left, right], join: any}
    - {id: bottom, uses: work, depends_on: [left, right, slow, first]}
    - {id: never, uses: work, depends_on: bottom, when: "\${bottom.status == 'FAILED'}"}`),
    ],
    { wrong: endsWith('COMPLETED', { bottom: 'completed', never: 'skipped' }) },
  ),
  template(
    'used-up',
    [
      flow(`used-up
  tasks:
    - {id: a, uses: work, input: {fails: 1}, retry_policy: {max_attempts: 1, on_exhausted: pause}}
    - {id: b, uses: work, depends_on: a}`),
    ],
    { wrong: endsWith('COMPLETED', { b: 'completed' }) },
  ),
  template(
    'other-ways',
    [
      flow(`other-ways
  tasks:
    - {id: broken, uses: work, input: {fails: 9, code: disk.full, final: true}, catch: [{errors: [disk.full], next: caught}]}
    - {id: caught, uses: work}
    - {id: replaced, uses: work, depends_on: caught, input: {fails: 9}, retry_policy: {max_attempts: 2}, fallback: spare}
    - {id: spare, uses: work}
    - {id: minor, uses: work, depends_on: replaced, input: {fails: 9}, optional: true}
    - {id: end, uses: work, depends_on: minor, join: all_done}`),
    ],
    { wrong: endsWith('COMPLETED', { broken: 'caught', spare: 'completed', end: 'completed' }) },
  ),
  template(
    'choices',
    [
      flow(`choices
  variables: {seen: 0}
  tasks:
    - {id: ask, uses: work, input: {gives: two}}
    - id: choose
      type: DECISION
      depends_on: ask
      decision_param: "\${ask.output.gives}"
      decision_cases: {one: {next: never}, two: {next: [taken, also]}}
    - {id: never, uses: work}
    - {id: taken, uses: work}
    - {id: also, type: SET_VARIABLE, variables: {seen: "\${workflow.variables.seen + 1}"}}
    - {id: shaped, type: TRANSFORM, depends_on: [taken, also], output: {seen: "\${workflow.variables.seen}"}, output_to: out/shaped.json}
    - {id: told, type: EVENT, depends_on: shaped, event: {type: sim.told, data: {n: "\${shaped.output.seen}"}}}
    - {id: called, type: HTTP, depends_on: told, request: {method: POST, url: "http://localhost/"}}
    - {id: done, type: NOOP, depends_on: called}`),
    ],
    { wrong: endsWith('COMPLETED', { never: 'skipped', done: 'completed', shaped: 'completed' }) },
  ),
];

/** What waits for people, for times, and for what comes from outside. */
const waiting: readonly Template[] = [
  template(
    'approvals',
    [
      flow(`approvals
  tasks:
    - {id: before, uses: work}
    - {id: two, type: HUMAN, depends_on: before, wait_for_approval: true, quorum: 2, approvers: {names: [ann, bob, cem]}}
    - {id: late, type: HUMAN, depends_on: before, wait_for_approval: true, timeout: 4s, on_timeout: approve}
    - {id: after, uses: work, depends_on: [two, late]}`),
    ],
    { wrong: endsWith('COMPLETED', { after: 'completed' }) },
  ),
  template(
    'waits',
    [
      flow(`waits
  tasks:
    - {id: nap, type: WAIT, duration: 6s}
    - {id: call, type: WAIT, signal: go}
    - {id: miss, type: WAIT, signal: never, timeout: 8s, on_timeout: continue}
    - {id: end, uses: work, depends_on: [nap, call, miss]}
    - {id: early, type: WAIT, signal: early, depends_on: nap}
    - {id: long, type: WAIT, duration: 40s, depends_on: [end, early]}`),
    ],
    { wrong: endsWith('COMPLETED', { end: 'completed', early: 'completed', long: 'completed' }) },
  ),
];

/** Bodies: passes of their own. */
const bodies: readonly Template[] = [
  template(
    'forks',
    [
      flow(`forks
  tasks:
    - id: sides
      type: FORK
      branches:
        - [{id: left, uses: work}, {id: left2, uses: work}]
        - [{id: right, uses: work, input: {fails: 1}, retry_policy: {max_attempts: 2}}]
    - {id: both, type: JOIN, join_on: [sides]}
    - id: each
      type: FORK
      depends_on: both
      for_each: "\${[0, 1, 2, 0]}"
      as: n
      concurrency: 2
      tolerate_failures: 1
      tasks:
        - {id: row, uses: work, input: {fails: "\${n}"}, retry_policy: {max_attempts: 2, initial_delay: 200ms}}
        - {id: row2, uses: work, depends_on: row}
    - {id: end, uses: work, depends_on: each}`),
    ],
    { wrong: endsWith('COMPLETED', { end: 'completed' }) },
  ),
  template(
    'loops',
    [
      flow(`loops
  variables: {n: 0}
  tasks:
    - id: rounds
      type: DO_WHILE
      loop_condition: "\${loop.iteration} < 3"
      tasks: [{id: turn, uses: work}, {id: count, type: SET_VARIABLE, depends_on: turn, variables: {n: "\${workflow.variables.n + 1}"}}]
    - id: outer
      type: FORK
      depends_on: rounds
      for_each: "\${[1, 2]}"
      as: n
      tasks:
        - id: inner
          type: DO_WHILE
          items: [x, y]
          tasks: [{id: bit, uses: work, input: {gives: "\${item}"}}]
    - {id: end, type: TRANSFORM, depends_on: outer, output: {n: "\${workflow.variables.n}"}}`),
    ],
    {
      wrong: (run) =>
        endsWith('COMPLETED')(run) ??
        (run.state.variables['n'] === 3 ? undefined : `n is ${String(run.state.variables['n'])}, not 3`),
    },
  ),
  template(
    'terminate',
    [
      flow(`terminate
  tasks:
    - {id: a, uses: work}
    - {id: beside, type: WAIT, duration: 10m}
    - {id: stop, type: TERMINATE, depends_on: a, status: COMPLETED, reason: enough, output: {a: "\${a.status}"}}`),
    ],
    { wrong: completed },
  ),
];

/** What must not be told, and what is too large to be. */
const values: readonly Template[] = [
  template(
    'values',
    [
      flow(`values
  input: {properties: {pin: {type: string, secret: true}}, required: [pin]}
  tasks:
    - {id: a, uses: work, input: {gives: "\${workflow.input.pin}"}}
    - {id: b, uses: work, depends_on: a, input: {gives: "\${secrets.TOKEN}"}}
    - {id: big, uses: work, depends_on: a, input: {kibs: 140}}
    - {id: end, uses: work, depends_on: [b, big], input: {gives: "\${size(big.output.gives)}"}}`),
    ],
    { input: () => ({ pin: 'canary-5ecret-value' }), wrong: completed },
  ),
];

/** Time-outs of every kind. What goes wrong in the world may let them pass, so any orderly end is right. */
const timed: readonly Template[] = [
  template(
    'time-outs',
    [
      flow(`time-outs
  tasks:
    - {id: a, uses: work, timeout: 8s, retry_policy: {max_attempts: 3}}
    - {id: b, uses: work, depends_on: a, input: {ms: 2000, beats: true}, heartbeat_timeout: 6s, retry_policy: {max_attempts: 3}}
    - {id: c, uses: work, depends_on: b, queue_timeout: 15s, total_timeout: 40s, retry_policy: {max_attempts: 3}}
    - {id: d, uses: work, depends_on: c, timeout: 5s, timeout_policy: alert}`),
    ],
    { wrong: completed, isTimed: true },
  ),
  template(
    'run-time-out',
    [
      flow(`run-time-out
  timeout: 20s
  tasks:
    - {id: a, uses: work}
    - {id: b, type: WAIT, depends_on: a, duration: 15s}
    - {id: c, uses: work, depends_on: b, input: {ms: 9000}}`),
    ],
    { wrong: endsWith('TIMED_OUT'), isTimed: true },
  ),
];

export const flatTemplates: readonly Template[] = [...attempts, ...waiting, ...bodies, ...values, ...timed];
