// A false error is worse than a miss: whoever gets one stops believing the others. Method: a table of definitions that
// look as if they read what is absent, and never do. None of them gets an error.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../../machines/language/load-definition.ts';
import { definitionText } from '../../../support/definition-text.ts';

const flag =
  'input: {properties: {flag: {type: boolean}, n: {type: integer}, kind: {type: string, enum: [x, y, z]}, note: {type: string}, list: {type: array}}, required: [flag, n, kind]}';

/** By what they do, their tasks, each under the inputs above. */
const guarded: Readonly<Record<string, string>> = {
  'ask with has()':
    '- {id: use, uses: x, when: has(workflow.input.note), input: {v: "${workflow.input.note}"}}',
  'ask with has() in the same expression':
    '- {id: use, type: TRANSFORM, output: {v: "${has(workflow.input.note) ? workflow.input.note : \'none\'}"}}',
  'ask with has() and &&':
    '- {id: use, uses: x, when: "has(workflow.input.note) && workflow.input.note.size() > 3"}',
  'ask with has(), on the right of &&':
    '- {id: use, uses: x, when: "workflow.input.note.size() > 3 && has(workflow.input.note)"}',
  'ask with !has() and ||':
    '- {id: use, uses: x, when: "!has(workflow.input.note) || workflow.input.note == \'a\'"}',
  'ask in a decision':
    '- {id: d, type: DECISION, decision_param: "${has(workflow.input.note)}", decision_cases: {"true": {next: use}}, default: other}\n- {id: use, uses: x, input: {v: "${workflow.input.note}"}}\n- {id: other}',
  'ask in the condition of a case':
    '- {id: d, type: DECISION, decision_param: "${workflow.input.kind}", decision_cases: {x: {next: use, condition: has(workflow.input.note)}}, default: other}\n- {id: use, uses: x, input: {v: "${workflow.input.note}"}}\n- {id: other}',
  'ask two tasks before':
    '- {id: a, uses: x, when: has(workflow.input.note)}\n- {id: b, uses: x, depends_on: a}\n- {id: use, uses: x, depends_on: b, input: {v: "${workflow.input.note}"}}',
  'ask around a FORK':
    '- {id: f, type: FORK, when: has(workflow.input.list), for_each: "${workflow.input.list}", task: {id: use, uses: x, input: {v: "${workflow.input.list.size()}"}}}',
  'ask around a branch':
    '- {id: f, type: FORK, when: has(workflow.input.note), branches: [[{id: use, uses: x, input: {v: "${workflow.input.note}"}}], [{id: b, uses: x}]]}',
  'ask with !=':
    '- {id: a, uses: x, when: workflow.input.flag}\n- {id: use, uses: x, depends_on: a, join: all_done, when: "a.output != null", input: {v: "${a.output.v}"}}',
  'ask with == and the other way':
    '- {id: a, uses: x, when: workflow.input.flag}\n- {id: use, type: TRANSFORM, depends_on: a, join: all_done, output: {v: "${a.output == null ? 0 : a.output.v}"}}',
  'ask for the status':
    '- {id: a, uses: x, optional: true}\n- {id: use, uses: x, depends_on: a, when: "a.status == \'COMPLETED\'", input: {v: "${a.output.v}"}}',
  'ask for another status':
    '- {id: a, uses: x, optional: true}\n- {id: use, uses: x, depends_on: a, when: "a.status != \'COMPLETED_WITH_ERRORS\'", input: {v: "${a.output.v}"}}',
  'ask for a list of statuses':
    '- {id: a, uses: x, when: workflow.input.flag}\n- {id: use, uses: x, depends_on: a, join: all_done, when: "a.status in [\'COMPLETED\']", input: {v: "${a.output.v}"}}',
  'ask for the error':
    '- {id: a, uses: x, optional: true}\n- {id: use, uses: x, depends_on: a, when: a.error == null, input: {v: "${a.output.v}"}}',
  'ask in a decision over the status':
    '- {id: a, uses: x, optional: true}\n- {id: d, type: DECISION, depends_on: a, decision_param: "${a.status}", decision_cases: {COMPLETED: {next: use}}, default: other}\n- {id: use, uses: x, input: {v: "${a.output.v}"}}\n- {id: other}',
  'read with .? down a chain':
    '- {id: a, uses: x, optional: true}\n- {id: use, type: TRANSFORM, depends_on: a, output: {v: "${a.output.?body.user.name.orValue(null)}"}}',
  'read the one or the other':
    '- {id: a, uses: x, when: workflow.input.flag}\n- {id: b, uses: x, when: "!workflow.input.flag"}\n- {id: use, type: TRANSFORM, depends_on: [a, b], output: {v: "${workflow.input.flag ? a.output.v : b.output.v}"}}',
  'read the one or the other with or()':
    '- {id: a, uses: x, when: workflow.input.flag}\n- {id: b, uses: x, when: "!workflow.input.flag"}\n- {id: use, type: TRANSFORM, depends_on: [a, b], output: {v: "${a.output.?v.or(b.output.?v).orValue(0)}"}}',
  'share a condition':
    '- {id: a, uses: x, when: workflow.input.flag}\n- {id: b, uses: x}\n- {id: use, uses: x, depends_on: [a, b], when: workflow.input.flag, input: {v: "${a.output.v}"}}',
  'share a condition in other words':
    '- {id: a, uses: x, when: workflow.input.flag == true}\n- {id: b, uses: x}\n- {id: use, uses: x, depends_on: [a, b], when: "!(workflow.input.flag == false)", input: {v: "${a.output.v}"}}',
  'have the stronger bound':
    '- {id: a, uses: x, when: workflow.input.n > 5}\n- {id: b, uses: x}\n- {id: use, uses: x, depends_on: [a, b], when: workflow.input.n >= 7, input: {v: "${a.output.v}"}}',
  'have the stronger conjunction':
    '- {id: a, uses: x, when: workflow.input.flag}\n- {id: b, uses: x}\n- {id: use, uses: x, depends_on: [a, b], when: "workflow.input.flag && workflow.input.kind == \'x\'", input: {v: "${a.output.v}"}}',
  'have one case of a disjunction':
    '- {id: a, uses: x, when: "workflow.input.kind == \'x\' || workflow.input.kind == \'y\'"}\n- {id: b, uses: x}\n- {id: use, uses: x, depends_on: [a, b], when: "workflow.input.kind == \'y\'", input: {v: "${a.output.v}"}}',
  'exclude all other cases':
    '- {id: a, uses: x, when: "workflow.input.kind == \'x\'"}\n- {id: b, uses: x}\n- {id: use, uses: x, depends_on: [a, b], when: "workflow.input.kind != \'y\' && workflow.input.kind != \'z\'", input: {v: "${a.output.v}"}}',
  'are on the same case':
    '- {id: d, type: DECISION, decision_param: "${workflow.input.kind}", decision_cases: {x: {next: [a, use]}}, default: other}\n- {id: a, uses: x}\n- {id: use, uses: x, depends_on: a, input: {v: "${a.output.v}"}}\n- {id: other}',
  'are on the same case of another decision':
    '- {id: d, type: DECISION, decision_param: "${workflow.input.kind}", decision_cases: {x: {next: a}}, default: other}\n- {id: a, uses: x}\n- {id: other}\n- {id: e, type: DECISION, depends_on: [a, other], decision_param: "${workflow.input.kind}", decision_cases: {x: {next: use}}, default: last}\n- {id: use, uses: x, input: {v: "${a.output.v}"}}\n- {id: last}',
  'ask which case was taken':
    '- {id: d, type: DECISION, decision_param: "${workflow.input.kind}", decision_cases: {x: {next: a}}, default: other}\n- {id: a, uses: x}\n- {id: other}\n- {id: use, uses: x, depends_on: [a, other], when: "d.output.case == \'x\'", input: {v: "${a.output.v}"}}',
  'wait for the skipped one alone':
    '- {id: a, uses: x, when: workflow.input.flag}\n- {id: use, type: TRANSFORM, depends_on: a, output: {v: "${a.output.v}"}}',
  'wait for two that are skipped together':
    '- {id: a, uses: x, when: workflow.input.flag}\n- {id: b, uses: x, depends_on: a}\n- {id: use, type: TRANSFORM, depends_on: [a, b], output: {v: "${a.output.v}"}}',
  'need both of two':
    '- {id: a, uses: x, when: workflow.input.flag}\n- {id: b, uses: x}\n- {id: use, type: TRANSFORM, depends_on: [a, b], join: 2, output: {v: "${a.output.v}"}}',
  'end the run before':
    '- {id: gate, type: TERMINATE, status: COMPLETED, when: "!has(workflow.input.note)"}\n- {id: use, uses: x, depends_on: gate, join: all_done, input: {v: "${workflow.input.note}"}}',
  'end the run in a case':
    '- {id: d, type: DECISION, decision_param: "${has(workflow.input.note)}", decision_cases: {"false": {next: stop}}, default: go}\n- {id: stop, type: TERMINATE, status: FAILED}\n- {id: go, type: NOOP}\n- {id: use, uses: x, depends_on: go, input: {v: "${workflow.input.note}"}}',
  'fail where no catch is':
    '- {id: a, uses: x, catch: [{errors: [e.gone], next: mend}]}\n- {id: mend, uses: x}\n- {id: use, type: TRANSFORM, depends_on: a, output: {v: "${a.output.v}"}}',
  'read what was caught with its error':
    '- {id: a, uses: x, catch: [{errors: ["*"], next: use}]}\n- {id: use, uses: x, input: {v: "${a.error.code}", m: "${a.error.message}"}}',
  'may fail on purpose': '- {id: use, uses: x, optional: true, input: {v: "${workflow.input.note}"}}',
  'have a fallback that gives the same':
    '- {id: a, uses: x, output: [rate], fallback: plan_b}\n- {id: plan_b, type: TRANSFORM, output: {rate: 1}}\n- {id: use, type: TRANSFORM, depends_on: a, output: {v: "${a.output.rate}"}}',
  'undo what was done':
    '- {id: a, type: HTTP, when: workflow.input.flag, timeout: 5s, compensate: undo, request: {url: "https://example.test"}}\n- {id: undo, uses: x, input: {v: "${a.output.body.id}"}}',
  'wait for the signal alone':
    '- {id: a, type: WAIT, signal: paid, timeout: 1d}\n- {id: use, uses: x, depends_on: a, input: {v: "${a.output.data.sum}"}}',
  'ask whether time passed':
    '- {id: a, type: WAIT, signal: paid, timeout: 1d, on_timeout: continue}\n- {id: late, uses: x, depends_on: a, when: a.output.timed_out}\n- {id: use, uses: x, depends_on: a, when: a.output.timed_out == false, input: {v: "${a.output.data.sum}"}}',
  'ask whether data came':
    '- {id: a, type: WAIT, signal: paid, timeout: 1d, on_timeout: continue}\n- {id: use, uses: x, depends_on: a, when: a.output.data != null, input: {v: "${a.output.data.sum}"}}',
  'ask whether it was approved':
    '- {id: a, type: HUMAN, on_reject: continue, form: {properties: {sum: {type: number}}, required: [sum]}}\n- {id: d, type: DECISION, depends_on: a, decision_param: "${a.output.decision}", decision_cases: {approved: {next: use}}, default: other}\n- {id: use, uses: x, input: {v: "${a.output.data.sum}"}}\n- {id: other}',
  'read the whole output':
    '- {id: a, uses: x, optional: true}\n- {id: use, uses: x, depends_on: a, input: {v: "${a.output}", s: "${a.status}", e: "${a.error}"}}',
  'set the variable in every case':
    '- {id: a, type: SET_VARIABLE, variables: {t: 1}}\n- {id: use, type: TRANSFORM, depends_on: a, output: {v: "${workflow.variables.t}"}}',
  'have the item of a body':
    '- {id: f, type: FORK, for_each: "${workflow.input.?list.orValue([])}", as: order, tasks: [{id: a, uses: x}, {id: use, uses: x, depends_on: a, input: {v: "${order.id}", i: "${index}", w: "${a.output.w}"}}]}',
  'ask in a TRANSFORM first':
    '- {id: t, type: TRANSFORM, output: {given: "${has(workflow.input.note)}"}}\n- {id: use, uses: x, depends_on: t, when: t.output.given, input: {v: "${workflow.input.note}"}}',
  'ask in a variable first':
    '- {id: a, uses: x, when: workflow.input.flag}\n- {id: b, uses: x}\n- {id: use, uses: x, depends_on: [a, b], when: "a.output != null", input: {v: "${a.output.v}"}}',
  'look into a JOIN that waited for it':
    '- {id: a, uses: x}\n- {id: b, uses: x, when: workflow.input.flag}\n- {id: j, type: JOIN, join_on: [a, b]}\n- {id: use, type: TRANSFORM, depends_on: j, output: {v: "${j.output.a.v}", w: "${has(j.output.b) ? j.output.b.w : 0}"}}',
  'walk a list that may be empty':
    '- {id: a, uses: x, optional: true}\n- {id: use, type: TRANSFORM, depends_on: a, output: {v: "${a.output.?rows.orValue([]).map(row, row.id)}"}}',
};

test('there are enough of them', () => {
  expect(Object.keys(guarded).length).toBeGreaterThanOrEqual(40);
});

test.each(Object.entries(guarded))('definitions that %s have no error', (_title, tasks) => {
  const result = loadDefinition({ file: 'a.yaml', content: definitionText(tasks, flag) });
  const problems = result.ok ? result.warnings : result.problems;

  expect(problems.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([]);
});
