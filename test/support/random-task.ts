// The keys of one random task: what every type may have, and what its own type needs.
import type { Json } from '../../events/canonical-json.ts';

type JsonMap = Readonly<Record<string, Json>>;

/** A task that is being made. */
export type Draft = {
  readonly id: string;
  readonly type: string;
  readonly traits: readonly number[];
  /** The tasks whose output it may read. */
  readonly reads: readonly string[];
  /** Every task that it waits for, be it over others, and those that a body around it waits for. */
  readonly seen: readonly { readonly id: string; readonly type: string }[];
  /** The tasks that come later in its list, and those of them that do not wait for it. */
  readonly after: readonly string[];
  readonly free: readonly string[];
  readonly dependsOn: readonly string[];
  /** It stands in a branch or in a body. */
  readonly isInside: boolean;
  readonly branches: () => readonly (readonly JsonMap[])[];
  readonly body: () => readonly JsonMap[];
  /** Puts another task, with these keys, beside it and gives the id of that. */
  readonly another: (keys?: JsonMap, undoes?: boolean) => string;
};

export function commonKeys({ id, dependsOn, reads, traits }: Draft): JsonMap {
  const [join = 0, when = 0, retry = 0, timeout = 0, output = 0] = traits;

  return {
    id,
    ...(dependsOn.length === 0 ? {} : { depends_on: dependsOn, ...joinKeys(join, dependsOn.length) }),
    ...whenKeys(when, reads),
    ...retryKeys(retry),
    ...timeoutKeys(timeout),
    ...(output < 60 ? { output: { n: output < 30 ? '${result.n}' : 2, list: [1, 2] } } : {}),
    ...(output >= 60 && output < 120 ? { output_to: 'out/result.json' } : {}),
  };
}

function joinKeys(join: number, count: number): JsonMap {
  if (join < 75 && count > 1) return { join: 'any', cancel_rest: true };
  if (join < 150) return { join: 'any' };
  if (join < 300) return { join: 'all_done' };

  return join < 400 ? { join: 1 + (join % count) } : {};
}

function whenKeys(when: number, [read]: readonly string[]): JsonMap {
  if (when < 40) return { when: 'false' };
  if (when < 80) return { when: 'workflow.variables.count < 1' };

  return when < 140 && read !== undefined ? { when: `${read}.output.n > 1` } : {};
}

function retryKeys(retry: number): JsonMap {
  if (retry >= 400) return {};

  return {
    retry_policy: {
      max_attempts: 1 + (retry % 3),
      initial_delay: retry % 2 === 0 ? '1s' : '0s',
      jitter: retry % 5 === 0 ? 'full' : 'none',
      non_retryable: ['fatal'],
      ...(retry < 100 ? { on_exhausted: 'pause' } : {}),
    },
  };
}

function timeoutKeys(timeout: number): JsonMap {
  const policy = ['retry', 'fail', 'alert'][timeout % 3] ?? 'retry';

  return {
    ...(timeout < 200 ? { timeout: '30s', timeout_policy: policy } : {}),
    ...(timeout % 10 === 0 ? { total_timeout: '90s' } : {}),
    ...(timeout % 10 === 1 ? { queue_timeout: '20s' } : {}),
    ...(timeout % 10 === 2 ? { heartbeat_timeout: '10s' } : {}),
  };
}

/** What happens when the task fails for good, or is undone. */
export function failureKeys({ traits, free, another }: Draft): JsonMap {
  const [optional = 0, fallback = 0, caught = 0, undo = 0] = traits.slice(5);
  const target = (choice: number) =>
    choice % 3 === 0 && free.length > 0 ? (free[choice % free.length] ?? '') : another();

  return {
    ...(optional < 120 ? { optional: true } : {}),
    ...(fallback < 120 ? { fallback: fallback < 20 ? [another(), another()] : target(fallback) } : {}),
    ...(caught < 120
      ? { catch: [{ errors: caught < 50 ? '*' : ['odd', 'fatal'], next: target(caught) }] }
      : {}),
    ...(undo < 250 ? { compensate: another(undoing(undo), true) } : {}),
  };
}

/** What undoes a task is mostly simple, yet may be anything. */
function undoing(undo: number): JsonMap {
  if (undo < 15) return { type: 'SUB_WORKFLOW', workflow: 'child' };
  if (undo < 30) return { type: 'NOOP' };
  if (undo < 45) return { type: 'WAIT', duration: '5s' };

  return undo < 100 ? { retry_policy: { max_attempts: 2 } } : {};
}

export function typeKeys(draft: Draft): JsonMap {
  const { type, traits } = draft;
  const own = traits[9] ?? 0;

  return (makers[type] ?? makers['SIMPLE'])?.(draft, own) ?? {};
}

const children = { workflow: 'child' };

const makers: Readonly<Record<string, (draft: Draft, own: number) => JsonMap>> = {
  SIMPLE: () => ({ uses: 'noop' }),
  NOOP: () => ({ type: 'NOOP' }),
  EVENT: () => ({ type: 'EVENT', event: { type: 'some.thing' } }),
  HTTP: () => ({ type: 'HTTP', request: { url: 'https://example.test/' } }),
  TRANSFORM: () => ({ type: 'TRANSFORM', output: { n: '${1 + 1}', list: [1, 2] } }),
  SET_VARIABLE: () => ({ type: 'SET_VARIABLE', variables: { count: '${workflow.variables.count + 1}' } }),
  TERMINATE: ({ isInside }, own) => ({
    type: 'TERMINATE',
    status: own % 2 === 0 ? 'COMPLETED' : 'FAILED',
    ...(isInside && own % 3 === 0 ? { scope: 'body' } : {}),
  }),
  JOIN: ({ dependsOn }) => ({ type: dependsOn.length === 0 ? 'NOOP' : 'JOIN' }),
  SUB_WORKFLOW: (_draft, own) => ({
    type: 'SUB_WORKFLOW',
    ...children,
    ...(own % 5 === 0 ? { on_parent_close: 'abandon' } : {}),
    ...(own % 7 === 0 ? { wait: false } : {}),
  }),
  HUMAN: ({ dependsOn }, own) => ({
    type: 'HUMAN',
    wait_for_approval: own % 8 !== 0,
    quorum: 1 + (own % 2),
    ...(own % 3 === 0
      ? { timeout: '40s', on_timeout: ['fail', 'approve', 'reject', 'escalate'][own % 4] ?? 'fail' }
      : {}),
    ...(own % 5 === 0 && own % 3 !== 0
      ? { escalate: [{ after: '10s', to: { level: 'L1' } }], remind: { every: '5s', max: 2 } }
      : {}),
    on_reject: own % 5 < 2 ? 'continue' : 'fail',
    ...(own % 8 !== 0 && dependsOn[0] !== undefined ? { on_change: { task: dependsOn[0], max: 2 } } : {}),
  }),
  WAIT: (_draft, own) => ({
    type: 'WAIT',
    ...([{ duration: '5s' }, { until: '2026-01-01T00:00:30Z' }, { signal: 'go' }, matched][own % 4] ?? {}),
    ...(own % 5 === 0 ? { timeout: '20s', on_timeout: own % 2 === 0 ? 'continue' : 'fail' } : {}),
  }),
  DECISION: (draft, own) => decisionKeys(draft, own),
  FORK: ({ branches }, own) => ({ type: 'FORK', branches: branches(), ...tolerance(own) }),
  RACE: (draft, own) => ({ type: 'FORK', branches: racingBranches(draft), ...tolerance(own) }),
  FOR_EACH: ({ body, reads }, own) => ({
    type: 'FORK',
    for_each: listRead(own, reads),
    ...(own % 11 === 0 ? children : { tasks: body() }),
    ...(own % 3 === 0 ? { concurrency: 1 + (own % 2) } : {}),
    ...tolerance(own),
  }),
  DO_WHILE: ({ body, reads }, own) => loopKeys(body(), own, reads),
};

/** The branches of a FORK beside which stands who chooses among their ends. */
export function racingBranches({ branches, another }: Draft): readonly (readonly JsonMap[])[] {
  const made = branches();
  const ends = made.flatMap((branch) => {
    const listed = branch.filter(({ id }) => String(id).startsWith('t'));
    return listed.at(-1)?.['id'] ?? [];
  });
  if (ends.length > 1) another({ type: 'NOOP', depends_on: ends, join: 'any', cancel_rest: true });

  return made;
}

const matched = { signal: 'go', match: 'signal.data.ok == true' };

function tolerance(own: number): JsonMap {
  if (own % 10 < 6) return {};

  return { tolerate_failures: own % 2 === 0 ? 1 : '50%' };
}

function listRead(own: number, [read]: readonly string[]): string {
  const list = ['[1, 2, 3]', '[]', '[1, 2]', '["a"]', '[1, 2]'][own % 5] ?? '[]';

  return own % 4 === 0 && read !== undefined ? `\${${read}.output.list}` : `\${${list}}`;
}

function decisionKeys({ reads, after, another }: Draft, own: number): JsonMap {
  const [read] = reads;
  const target = (choice: number) =>
    choice % 2 === 0 && after.length > 0 ? (after[choice % after.length] ?? '') : another();
  const cases = { '0': { next: target(own) }, '1': { next: [target(own + 1), another()] } };

  return {
    type: 'DECISION',
    decision_param: own % 3 === 0 && read !== undefined ? `${read}.output.n` : 'workflow.variables.count',
    decision_cases: own % 7 === 0 ? { '0': { ...cases['0'], condition: 'false' }, '1': cases['1'] } : cases,
    ...(own % 3 === 1 ? { default: target(own + 2) } : {}),
  };
}

function loopKeys(tasks: readonly JsonMap[], own: number, reads: readonly string[]): JsonMap {
  const [inner] = tasks.filter(({ type }) => type === undefined);
  const reading = inner === undefined ? 'false' : `${String(inner['id'])}.output.n < 2`;
  const conditions = ['loop.iteration < 3', 'workflow.variables.count < 2', reading, 'false', 'true'];
  const condition = conditions[own % conditions.length] ?? 'false';

  return {
    type: 'DO_WHILE',
    tasks,
    ...(own % 3 === 0 ? { items: listRead(own, reads) } : {}),
    ...(own % 3 !== 0 || own % 2 === 0 ? { loop_condition: condition } : {}),
    max_iterations: 3 + (own % 2),
    keep_last: own % 3,
  };
}
