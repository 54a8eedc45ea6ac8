// What is allowed and probably not meant. Warnings never refuse a definition, and a definition that is in order has
// none. Method: pairs of definitions that differ in the one thing a warning is about.
import { describe, expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { definitionText } from '../../support/definition-text.ts';

const decision = (rest: string) =>
  `- {id: d, type: DECISION, decision_param: "1", decision_cases: {A: {next: a}}${rest}}\n- {id: a, uses: notify}`;

describe('a warning is given', () => {
  test.each([
    ['for cases that are not exhaustive', definitionText(decision('')), ['5:52 definition.not-exhaustive']],
    [
      'for a case that names an unlisted task',
      definitionText(`${decision(', default: [escalate_to_bridge]')}`),
      ['5:94 definition.implied-task'],
    ],
    [
      'for a decision that does not say what it waits for',
      definitionText(
        '- {id: a, uses: x}\n- {id: d, type: DECISION, decision_param: a.output.x, decision_cases: {}, default: []}',
      ),
      ['6:47 definition.implied-dependency'],
    ],
    [
      'for outputs that nobody reads',
      definitionText(
        '- {id: a, uses: x, output: [seen, unseen]}\n- {id: b, uses: y, depends_on: a, input: "${a.output.seen}"}',
      ),
      ['5:24 definition.unread-output'],
    ],
    [
      'for an output of the workflow that no task declares',
      definitionText('- {id: a, uses: x}', 'output: [file_manifest]'),
      ['4:12 definition.unknown-output'],
    ],
    [
      'for attempts that may hang',
      definitionText('- {id: a, run: {command: [make]}, retry_policy: {max_attempts: 3}}'),
      ['5:39 definition.retry-without-timeout'],
    ],
    [
      'for a condition that never changes',
      definitionText(
        '- {id: a, type: NOOP}\n- {id: l, type: DO_WHILE, depends_on: a, loop_condition: a.output.x, tasks: [{id: t, uses: x}]}',
      ),
      ['6:62 definition.constant-loop'],
    ],
    [
      'for an effect that nobody undoes',
      definitionText('- {id: a, compensate: u}\n- {id: u}\n- {id: b, run: {command: [deploy]}}'),
      ['7:12 definition.not-compensated'],
    ],
    [
      'for a performer of a task that the engine carries out',
      definitionText('- {id: a, type: NOOP, run: {command: [ls]}}'),
      ['5:27 definition.no-effect'],
    ],
    [
      'for a time-out that never comes',
      definitionText('- {id: a, type: HUMAN, on_timeout: approve}'),
      ['5:28 definition.no-effect'],
    ],
    [
      'for an escalation that never comes',
      definitionText('- {id: a, type: HUMAN, escalate_to: {level: L1}}'),
      ['5:28 definition.no-effect'],
    ],
    [
      'for a workflow that always starts itself',
      definitionText(
        '- {id: a, type: NOOP}\n- {id: s, type: SUB_WORKFLOW, depends_on: a, workflow: under-test@1}',
      ),
      ['6:60 definition.endless-recursion'],
    ],
    [
      'for a default that is never used',
      definitionText('- {id: a, uses: x}', 'input: {required: [n], properties: {n: {default: 1}}}'),
      ['4:43 definition.no-effect'],
    ],
  ])('%s', (_, content, expected) => {
    expect(warningsOf(content)).toEqual(expected);
  });
});

describe('no warning is given', () => {
  test.each([
    ['for a decision with a default', definitionText(decision(', default: []'))],
    [
      'for a decision between true and false',
      definitionText(
        '- {id: d, type: DECISION, decision_param: "1 == 1", decision_cases: {true: {next: a}, false: {next: b}}}\n- {id: a, uses: x}\n- {id: b, uses: x}',
      ),
    ],
    [
      'for an output that goes to a file',
      definitionText('- {id: a, uses: x, output: [y], output_to: a.json}'),
    ],
    ['for an output of the workflow', definitionText('- {id: a, uses: x, output: [y]}', 'output: [y]')],
    [
      'for an output that is read as a whole',
      definitionText(
        '- {id: a, uses: x, output: [y]}\n- {id: b, uses: x, depends_on: a, input: "${a.output}"}',
      ),
    ],
    [
      'for an output that is read as a part of what its FORK gives',
      definitionText(
        '- {id: f, type: FORK, for_each: "[1]", task: {id: t, uses: x, output: [y]}}\n- {id: a, uses: x, depends_on: f, input: "${f.output.results}"}',
      ),
    ],
    [
      'for an output that is read through a JOIN',
      definitionText(
        '- {id: f, type: FORK, branches: [[{id: t, uses: x, output: [y]}]]}\n- {id: j, type: JOIN, join_on: f}\n- {id: a, uses: x, depends_on: j, input: "${j.output.t.y}"}',
      ),
    ],
    [
      'for retries with a timeout',
      definitionText('- {id: a, run: {command: [make]}, timeout: 1m, retry_policy: {max_attempts: 3}}'),
    ],
    [
      'for retries of a built-in action',
      definitionText('- {id: a, uses: x, retry_policy: {max_attempts: 3}}'),
    ],
    [
      'for a workflow that starts itself on a condition',
      definitionText('- {id: s, type: SUB_WORKFLOW, workflow: under-test, when: "1 < 2"}'),
    ],
    [
      'for a workflow that starts itself after a decision',
      definitionText(
        '- {id: d, type: DECISION, decision_param: "1", decision_cases: {A: {next: n}}, default: []}\n- {id: n, type: NOOP}\n- {id: s, type: SUB_WORKFLOW, depends_on: n, workflow: under-test}',
      ),
    ],
    [
      'for a workflow that starts itself for every item',
      definitionText(
        '- {id: f, type: FORK, for_each: "[1]", task: {id: s, type: SUB_WORKFLOW, workflow: under-test}}',
      ),
    ],
    [
      'for a workflow that starts another one',
      definitionText('- {id: s, type: SUB_WORKFLOW, workflow: under-test-2}'),
    ],
    [
      'for an undoing task that nothing undoes',
      definitionText('- {id: a, run: {command: [up]}, compensate: u}\n- {id: u, run: {command: [down]}}'),
    ],
    [
      'for a loop over what it changes',
      definitionText('- {id: l, type: DO_WHILE, loop_condition: t.output.more, tasks: [{id: t, uses: x}]}'),
    ],
  ])('%s', (_, content) => {
    expect(warningsOf(content)).toEqual([]);
  });
});

function warningsOf(content: string): readonly string[] {
  const result = loadDefinition({ file: 'w.yaml', content });
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 2));

  return result.warnings.map((each) => `${each.line}:${each.column} ${each.code}`);
}
