// What the expressions of a definition may read, and when. A reference that could only fail at run time is an error
// before the run. Method: small definitions, each with every problem it must give, as `line:column code`.
import { describe, expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { definitionText, definitionWith } from '../../support/definition-text.ts';

describe('an expression that reads', () => {
  const base = '- {id: a, output: [x]}\n- {id: other}\n- id: b\n  depends_on: a\n';

  test.each([
    ['an undeclared output', 'input: ${a.output.z}', ['9:16 definition.undeclared-output']],
    ['a task that may not have run', 'input: "of ${other.output.x}"', ['9:20 definition.not-yet-run']],
    ['itself', 'input: ${b.output}', ['9:16 definition.not-yet-run']],
    ['an undeclared input', 'input: {deep: ["${workflow.input.q}"]}', ['9:25 definition.undeclared-input']],
    ['an unknown variable', 'when: workflow.variables.v == 1', ['9:13 definition.unknown-variable']],
    ['a member no task has', 'input: ${a.outptu.x}', ['9:16 definition.unknown-name']],
    ['a member the workflow has not', 'input: ${workflow.name}', ['9:16 definition.unknown-name']],
    ['a name nobody knows', 'when: enabled', ['9:13 definition.unknown-task']],
    ['an unknown task by index', 'when: tasks["zz"].status == "FAILED"', ['9:13 definition.unknown-task']],
    ['an item outside of a body', 'input: ${item}', ['9:16 definition.unknown-name']],
    ['the event of a trigger', 'input: ${event.data}', ['9:16 definition.unknown-name']],
    ['a result before there is one', 'input: ${result.x}', ['9:16 definition.unknown-name']],
    ['nothing that can be parsed', 'when: a.output.x ==', ['9:26 definition.bad-expression']],
    ['an expression that never closes', 'input: "${a.output.x"', ['9:15 definition.bad-expression']],
  ])('%s is refused where it stands', (_, line, expected) => {
    expect(errorsOf(definitionText(`${base}  ${line}`))).toEqual(expected);
  });

  test.each([
    ['a declared output', 'input: ${a.output.x}'],
    ['a whole output', 'input: ${a.output}'],
    ['a status', 'when: a.status == "COMPLETED"'],
    ['an error', 'input: ${a.error}'],
    ['a task by index', 'when: tasks["a"].output.x == 1'],
    ['the run', 'input: ${workflow.id}/${workflow.run_id}'],
    ['a secret', 'run: {command: [sh], env: {KEY: "${secrets.KEY}"}}'],
    ['its result, when reshaping it', 'output: {y: "${result.x}"}'],
    ['a variable of a macro', 'when: a.output.x.exists(each, each > 1)'],
    ['a literal that only looks like one', 'input: $${nobody.output}'],
  ])('%s is fine', (_, line) => {
    expect(errorsOf(definitionText(`${base}  ${line}`))).toEqual([]);
  });
});

describe('a task may have run when it', () => {
  const reading = '{id: reader, input: "${first.output.x}"';
  // It failed, so there is no output.
  const asking = '{id: reader, input: "${first.output.?x.orValue(1)}"';
  test.each([
    [
      'is an ancestor over others',
      `- {id: first}\n- {id: m, depends_on: first}\n- ${reading}, depends_on: m}`,
    ],
    [
      'comes before the decision that starts the reader',
      `- {id: first}\n- {id: d, type: DECISION, depends_on: first, decision_param: "1", decision_cases: {}, default: reader}\n- ${reading}}`,
    ],
    ['is the task that the reader stands in for', `- {id: first, fallback: reader}\n- ${asking}}`],
    ['is the task that the reader undoes', `- {id: first, compensate: reader}\n- ${reading}}`],
    [
      'is routed to the reader by its errors',
      `- {id: first, catch: [{errors: E, next: reader}]}\n- ${asking}}`,
    ],
    [
      'is waited for by a task the reader is parallel with',
      `- {id: first}\n- {id: p, depends_on: first}\n- ${reading}, parallel_with: p}`,
    ],
    [
      'is inside a FORK before it',
      `- {id: f, type: FORK, branches: [[{id: first}]]}\n- ${reading}, depends_on: f}`,
    ],
    ['comes before it in a branch', `- {id: f, type: FORK, branches: [[{id: first}, ${reading}}]]}`],
    [
      'comes before the FORK around it',
      `- {id: first}\n- {id: f, type: FORK, depends_on: first, for_each: "[1]", task: ${reading}}}`,
    ],
    [
      'is waited for by the FORK in whose branch a task is that the reader waits for',
      `- {id: first}\n- {id: f, type: FORK, depends_on: first, branches: [[{id: t}]]}\n- ${reading}, depends_on: t}`,
    ],
    [
      'is waited for by the loop around the FORK around it',
      `- {id: first}\n- {id: l, type: DO_WHILE, depends_on: first, items: [1], tasks: [{id: f, type: FORK, branches: [[${reading}}]]}]}`,
    ],
    [
      'is in a loop before it, as the latest iteration left it',
      `- {id: l, type: DO_WHILE, items: [1], tasks: [{id: first}]}\n- ${reading}, depends_on: l}`,
    ],
  ])('%s', (_, tasks) => {
    expect(errorsOf(definitionText(tasks))).toEqual([]);
  });

  test.each([
    ['is in another branch', `- {id: f, type: FORK, branches: [[{id: first}], [${reading}}]]}`],
    [
      'runs once for every item',
      `- {id: f, type: FORK, for_each: "[1]", task: {id: first}}\n- ${reading}, depends_on: f}`,
    ],
    ['belongs to the run that failed', `- {id: first}`],
    [
      'follows in the loop around it, although it ran one iteration earlier',
      `- {id: l, type: DO_WHILE, items: [1], tasks: [${reading}}, {id: first, depends_on: reader}]}`,
    ],
    [
      'is in the FORK whose other branch the reader waits for',
      `- {id: f, type: FORK, branches: [[{id: first}], [{id: t}]]}\n- ${reading}, depends_on: t}`,
    ],
  ])('not when it %s', (_, tasks) => {
    const steps = tasks.includes('reader') ? '' : `failure_workflow: {id: cleanup, steps: [${reading}}]}`;
    expect(errorsOf(definitionText(tasks, steps)).map((each) => each.split(' ')[1])).toEqual([
      'definition.not-yet-run',
    ]);
  });
});

describe('names that depend on the place', () => {
  test('the item and its index are known in the body of a FORK, by its name too', () => {
    const body = '{id: each, input: ["${folder.path}", "${item}", "${index}"]}';
    expect(
      errorsOf(
        definitionText(`- {id: f, type: FORK, for_each: "[{'path': 'a'}]", as: folder, task: ${body}}`),
      ),
    ).toEqual([]);
  });

  test('the iteration is known in a loop and in its condition', () => {
    const loop =
      '- {id: l, type: DO_WHILE, loop_condition: "loop.iteration < 3 && t.output.x", tasks: [{id: t, input: "${loop.iteration}"}]}';
    expect(errorsOf(definitionText(loop))).toEqual([]);
  });

  test('the event is known in a trigger, and no task is', () => {
    const triggers =
      'input: {required: [a]}\ntriggers: [{on: x.y, when: event.data.ok, input: {a: "${only.output}"}}]';
    expect(errorsOf(definitionWith(triggers))).toEqual(['5:59 definition.unknown-name']);
  });

  test('the signal is known where it is matched, and nowhere else', () => {
    const wait = (key: string) => `- {id: w, type: WAIT, signal: paid, ${key}: signal.data.order == "a"}`;
    expect(errorsOf(definitionText(wait('match')))).toEqual([]);
    expect(errorsOf(definitionText(wait('when')))).toEqual(['5:47 definition.unknown-name']);
  });

  test('a failure workflow is checked as the run of its own that it will be', () => {
    const text = definitionText(
      '- {id: a, uses: x}\n- {id: b, uses: y, depends_on: a, input: "${a.output}"}',
      'failure_workflow: {id: f, steps: [b]}',
    );
    const result = loadDefinition({ file: 'w.yaml', content: text });
    expect(
      result.ok ? [] : result.problems.map((each) => `${each.line}:${each.column} ${each.message}`),
    ).toEqual(['4:21 as a run of its own, tasks.b.input: no task or name "a"']);
  });

  test('the output of the workflow reads every task', () => {
    expect(
      errorsOf(definitionWith('output: {total: "${only.output.x}", other: "${nobody.output}"}')),
    ).toEqual(['4:49 definition.unknown-task']);
  });

  test('a failure workflow has inputs of its own', () => {
    const step = (name: string) =>
      errorsOf(
        definitionWith(
          `failure_workflow: {id: f, steps: [notify_commander, {id: s, input: "\${workflow.input.${name}}"}]}`,
        ),
      );
    expect(step('failed_task')).toEqual([]);
    expect(step('nothing').map((each) => each.split(' ')[1])).toEqual(['definition.undeclared-input']);
  });

  test('a variable that some task sets is known', () => {
    const set =
      '- {id: s, type: SET_VARIABLE, variables: {v: 1}}\n- {id: r, depends_on: s, when: workflow.variables.v == 1}';
    expect(errorsOf(definitionText(set))).toEqual([]);
  });

  test('a task with a hyphen in its id is explained, once', () => {
    const text = definitionText(
      '- id: my-long-task\n- {id: b, depends_on: my-long-task, input: "${my-long-task.output.x}"}',
    );
    const result = loadDefinition({ file: 'w.yaml', content: text });
    expect(result.ok ? [] : result.problems.map((each) => each.message)).toEqual([
      'no name "my"; for the task "my-long-task" write tasks["my-long-task"]',
    ]);
  });
});

function errorsOf(content: string): readonly string[] {
  const result = loadDefinition({ file: 'w.yaml', content });
  const problems = result.ok ? [] : result.problems.filter((each) => each.severity === 'error');

  return problems.map((each) => `${each.line}:${each.column} ${each.code}`);
}
