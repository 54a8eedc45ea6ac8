// What a task becomes. The rest of the system sees only this form, so that every spelling and every default is decided
// here. Method: load a definition of a few tasks, then compare whole values.
import { describe, expect, test } from 'vitest';
import type { Definition } from '../../../machines/definition.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import type { Task } from '../../../machines/task.ts';
import { definitionText } from '../../support/definition-text.ts';

describe('a task', () => {
  test('that says nothing has every default', () => {
    expect(taskOf('- id: scan')).toEqual({
      id: 'scan',
      type: 'SIMPLE',
      dependsOn: [],
      join: 'all',
      retry: {
        maxAttempts: 1,
        backoff: 'exponential',
        initialDelayMs: 1000,
        maxDelayMs: 60_000,
        multiplier: 2,
        jitter: 'none',
        nonRetryable: [],
        onExhausted: 'fail',
      },
      timeoutPolicy: 'retry',
      fallback: [],
      optional: false,
      catch: [],
      performer: { kind: 'skills', skills: ['scan'] },
      priority: 5,
    });
  });

  test.each([
    [
      'a run command',
      'run: {command: [a, b], timeout: 2s}, uses: x',
      { kind: 'run', run: { command: ['a', 'b'], env: {}, timeoutMs: 2000 } },
    ],
    [
      'a shell',
      'run: {command: "a | b", shell: sh}',
      { kind: 'run', run: { command: ['a | b'], env: {}, shell: 'sh' } },
    ],
    [
      'a shell script with arguments',
      'run: {command: ["echo $1", "${workflow.run_id}"], shell: bash}',
      { kind: 'run', run: { command: ['echo $1', '${workflow.run_id}'], env: {}, shell: 'bash' } },
    ],
    ['a built-in action', 'uses: files.scan, assigned_to: X', { kind: 'uses', action: 'files.scan' }],
    [
      'an agent',
      'assigned_to: "FILE_SCANNER_AGENT", requires: s',
      { kind: 'agent', agent: 'FILE_SCANNER_AGENT' },
    ],
    ['skills', 'requires: [a, b]', { kind: 'skills', skills: ['a', 'b'] }],
  ])('is carried out by %s, the first that applies', (_, keys, performer) => {
    expect(taskOf(`- {id: t, ${keys}}`).performer).toEqual(performer);
  });

  test('has durations in milliseconds', () => {
    const task = taskOf(
      '- {id: t, timeout: 1h30m, queue_timeout: PT2M, total_timeout: 2d, heartbeat_timeout: 500ms}',
    );
    expect(task).toMatchObject({
      timeoutMs: 5_400_000,
      queueTimeoutMs: 120_000,
      totalTimeoutMs: 172_800_000,
      heartbeatTimeoutMs: 500,
    });
  });

  test('means the same in both spellings', () => {
    const first = taskOf('- {id: t, depends_on: [], retry_policy: {backoff: linear}}');
    expect(taskOf('- {id: t, depends_on: [], retry_policy: {backoff_strategy: linear}}')).toEqual(first);
  });

  test('that names one thing means a list of one', () => {
    const { tasks } = definitionOf(
      definitionText('- {id: a, fallback: b}\n- {id: b}\n- {id: c, depends_on: a}'),
    );
    expect(tasks[0]?.fallback).toEqual(['b']);
    expect(tasks[2]?.dependsOn).toEqual(['a']);
  });

  test('keeps a reshaping output as a map, a path as in the seeds included', () => {
    const output = taskOf('- {id: t, output: {receipt_file: "0UT.3OX/RECEIPT.yaml"}}').output;
    expect(output).toEqual({ kind: 'map', map: { receipt_file: '0UT.3OX/RECEIPT.yaml' } });
  });
});

describe('parallel_with', () => {
  const dependencies = (tasks: string) =>
    Object.fromEntries(definitionOf(definitionText(tasks)).tasks.map((task) => [task.id, task.dependsOn]));

  test('takes over dependencies, along a chain, and adds its own', () => {
    const tasks =
      '- {id: a}\n- {id: x}\n- {id: b, depends_on: a}\n- {id: c, parallel_with: b}\n- {id: d, parallel_with: [c], depends_on: x}';
    expect(dependencies(tasks)).toEqual({ a: [], x: [], b: ['a'], c: ['a'], d: ['x', 'a'] });
  });

  test('with a task that a decision starts is started by that decision too', () => {
    const gate =
      '- {id: d, type: DECISION, decision_param: "1", decision_cases: {A: {next: a}}, default: []}';
    const [decision] = definitionOf(definitionText(`${gate}\n- {id: a}\n- {id: b, parallel_with: a}`)).tasks;
    expect(decision).toMatchObject({ cases: [{ value: 'A', next: ['a', 'b'] }] });
  });
});

describe('a decision', () => {
  const canonical = {
    type: 'DECISION',
    param: 'workflow.id',
    cases: [
      { value: 'PASS', next: ['a'] },
      { value: 'PARTIAL', condition: '(workflow.run_id) == "x"', next: ['a', 'b'] },
    ],
    defaultNext: ['b'],
  };

  test.each([
    ['DECISION', '${workflow.id}', 'next', 'default: b'],
    ['SWITCH', 'workflow.id', 'next_tasks', 'default_case: [b]'],
    ['DECISION', ' ${ workflow.id } ', 'next', 'default: {next_tasks: b}'],
  ])('is the same as %s with %s, %s and %s', (type, param, next, fallback) => {
    const cases = `{PASS: {${next}: a}, PARTIAL: {condition: '\${workflow.run_id} == "x"', ${next}: [a, b]}}`;
    const text = `- {id: d, type: ${type}, decision_param: "${param}", decision_cases: ${cases}, ${fallback}}\n- {id: a}\n- {id: b}`;
    expect(taskOf(text)).toMatchObject(canonical);
  });

  test('between values that are not text has their text', () => {
    const task = taskOf(
      '- {id: d, type: DECISION, decision_param: "1", decision_cases: {200: {}, true: {}, null: {}}, default: []}',
    );
    expect(task.type === 'DECISION' && task.cases.map((each) => each.value)).toEqual(['200', 'true', 'null']);
  });

  test('that names an unlisted task makes it a task for an agent with that skill', () => {
    const { tasks } = definitionOf(
      definitionText(
        '- {id: d, type: DECISION, decision_param: "1", decision_cases: {A: {next: log_to_incident}}}',
      ),
    );
    expect(tasks[1]).toMatchObject({
      id: 'log_to_incident',
      type: 'SIMPLE',
      performer: { kind: 'skills', skills: ['log_to_incident'] },
    });
  });
});

describe('every type', () => {
  test.each<[string, Partial<Task> & Record<string, unknown>]>([
    [
      '{id: t, type: HUMAN}',
      { type: 'HUMAN', waitForApproval: true, onTimeout: 'fail', onReject: 'fail', quorum: 1 },
    ],
    [
      '{id: t, type: HUMAN, approvers: {level: L0, names: alice}, timeout: 1h, on_timeout: escalate}',
      {
        type: 'HUMAN',
        approvers: { level: 'L0', names: ['alice'] },
        timeoutMs: 3_600_000,
        onTimeout: 'escalate',
      },
    ],
    [
      '{id: t, type: HUMAN, timeout: 1h, on_timeout: escalate, escalate_to: {level: L1, names: [chief]}}',
      { type: 'HUMAN', escalateTo: { level: 'L1', names: ['chief'] } },
    ],
    [
      '{id: t, type: INLINE, output: {a: "${workflow.id}"}}',
      { type: 'TRANSFORM', output: { kind: 'map', map: { a: '${workflow.id}' } } },
    ],
    ['{id: t, type: NOOP}', { type: 'NOOP' }],
    [
      '{id: t, type: FORK, for_each: "${[1]}", workflow: x, tolerate_failures: 10%}',
      { type: 'FORK', forEach: '[1]', as: 'item', body: { workflow: 'x' }, tolerateFailures: '10%' },
    ],
    [
      '{id: t, type: DO_WHILE, items: [1], tasks: [{id: u}]}',
      { type: 'DO_WHILE', items: [1], maxIterations: 1000, keepLast: 10 },
    ],
    [
      '{id: t, type: WAIT, signal: go, match: "true"}',
      { type: 'WAIT', signal: 'go', match: 'true', onTimeout: 'fail' },
    ],
    ['{id: t, type: WAIT, duration: 2m}', { type: 'WAIT', durationMs: 120_000 }],
    [
      '{id: t, type: SUB_WORKFLOW, workflow: x@2}',
      { type: 'SUB_WORKFLOW', workflow: 'x@2', onParentClose: 'cancel', wait: true },
    ],
    [
      '{id: t, type: EVENT, event: {type: a.b, data: {c: 1}}}',
      { type: 'EVENT', event: { type: 'a.b', data: { c: 1 } } },
    ],
    [
      '{id: t, type: HTTP, request: {url: "https://example.test"}, expect: {status: 204}}',
      {
        type: 'HTTP',
        request: { method: 'GET', url: 'https://example.test', headers: {} },
        expectStatus: [204],
      },
    ],
    ['{id: t, type: SET_VARIABLE, variables: {a: 1}}', { type: 'SET_VARIABLE', variables: { a: 1 } }],
    [
      '{id: t, type: TERMINATE, status: FAILED, reason: no}',
      { type: 'TERMINATE', status: 'FAILED', reason: 'no' },
    ],
  ])('%s', (task, expected) => {
    expect(taskOf(`- ${task}`)).toMatchObject(expected);
  });

  test('FORK keeps its branches in order, each task after the one before it', () => {
    const fork = taskOf('- {id: f, type: FORK, branches: [[{id: a}, {id: b}], [{id: c}]]}');
    const branches = fork.type === 'FORK' ? (fork.branches ?? []) : [];
    expect(branches.map((branch) => branch.map((task) => [task.id, task.dependsOn]))).toEqual([
      [
        ['a', []],
        ['b', ['a']],
      ],
      [['c', []]],
    ]);
  });

  test('JOIN waits for what it joins', () => {
    const { tasks } = definitionOf(
      definitionText('- {id: a}\n- {id: j, type: JOIN, join_on: a}\n- {id: k, type: JOIN, depends_on: a}'),
    );
    expect(tasks.slice(1)).toMatchObject([
      { joinOn: ['a'], dependsOn: ['a'] },
      { joinOn: ['a'], dependsOn: ['a'] },
    ]);
  });
});

function definitionOf(content: string): Definition {
  const result = loadDefinition({ file: 'w.yaml', content });
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 2));

  return result.loaded.definition;
}

function taskOf(tasks: string): Task {
  const [task] = definitionOf(definitionText(tasks)).tasks;
  if (task === undefined) throw new Error('no task');

  return task;
}

test('a command in one text is a line for sh, and may hold no expression', () => {
  const performerOf = (run: string) => {
    const result = loadDefinition({
      file: 'line.yaml',
      content: definitionText(`- {id: verify, run: ${run}}`),
    });
    return result.ok
      ? result.loaded.definition.tasks[0]?.performer
      : result.problems.map(({ message }) => message);
  };

  expect(performerOf('npm test')).toEqual(performerOf('{shell: sh, command: npm test}'));
  expect(performerOf('"echo ${workflow.run_id}"')).toContainEqual(
    expect.stringContaining('would be run as code'),
  );
  expect(performerOf('{comand: x}')).toContainEqual(expect.stringContaining('did you mean "command"?'));
});

test('exit codes are named by numbers from 1 to 255', () => {
  const found = (errors: string) => {
    const content = definitionText(`- {id: pay, run: {command: [pay], errors: ${errors}}}`);
    const result = loadDefinition({ file: 'errors.yaml', content });
    return result.ok
      ? result.loaded.definition.tasks[0]?.performer
      : result.problems.map(({ message }) => message);
  };

  expect(found('{3: card.declined}')).toMatchObject({ run: { errors: { '3': 'card.declined' } } });
  for (const wrong of ['0', '256', 'three', '-1'])
    expect(found(`{${wrong}: card.declined}`)).toContainEqual(expect.stringContaining('from 1 to 255'));
});
