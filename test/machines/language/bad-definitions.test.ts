// Definitions that are YAML and mean nothing that could run. Each is refused with exact codes and places, all of them
// at once. Method: a table of texts, each with every problem it must give, as `line:column code`.
import { describe, expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { definitionText, definitionWith } from '../../support/definition-text.ts';

type Row = readonly [title: string, text: string, problems: readonly string[]];

const keys: readonly Row[] = [
  ['an unknown key', definitionWith('nmae: x'), ['4:3 definition.unknown-key']],
  ['a missing version', 'workflow:\n  id: a\n  tasks: [{id: b, uses: n}]\n', ['1:1 definition.missing-key']],
  ['no task', 'workflow: {id: a, version: 1, tasks: []}\n', ['1:38 definition.out-of-range']],
  ['a task without an id', definitionText('- name: x'), ['5:7 definition.missing-key']],
  ['an id in capitals', definitionText('- id: Scan'), ['5:11 definition.bad-id']],
  [
    'a version of 0',
    'workflow: {id: a, version: 0, tasks: [{id: b, uses: n}]}\n',
    ['1:28 definition.out-of-range'],
  ],
  [
    'a version that is text',
    'workflow: {id: a, version: "1", tasks: [{id: b}]}\n',
    ['1:28 definition.wrong-type'],
  ],
  ['a label that is a number', definitionWith('labels: {team: 7}'), ['4:18 definition.wrong-type']],
  ['a task that is text', definitionText('- scan_files (parallel)'), ['5:7 definition.wrong-type']],
  ['an unknown type', definitionText('- {id: a, type: DECISON}'), ['5:21 definition.unknown-type']],
  ['a type in small letters', definitionText('- {id: a, type: noop}'), ['5:21 definition.unknown-type']],
  ['a key of another type', definitionText('- {id: a, quorum: 2}'), ['5:15 definition.unknown-key']],
  ['a duration without a unit', definitionText('- {id: a, timeout: 30}'), ['5:24 definition.wrong-type']],
  ['a duration with a typo', definitionText('- {id: a, timeout: 1h30}'), ['5:24 definition.bad-duration']],
  ['a negative duration', definitionText('- {id: a, timeout: -5s}'), ['5:24 definition.bad-duration']],
  ['a duration of nothing', definitionText('- {id: a, timeout: 0s}'), ['5:24 definition.bad-duration']],
  ['a duration beyond a year', definitionText('- {id: a, timeout: 367d}'), ['5:24 definition.bad-duration']],
  ['a retention without a time', definitionWith('retention: {then: drop}'), ['4:14 definition.missing-key']],
  ['a retention for ever', definitionWith('retention: {keep: 36601d}'), ['4:21 definition.bad-duration']],
  [
    'no attempt at all',
    definitionText('- {id: a, retry_policy: {max_attempts: -1}}'),
    ['5:44 definition.out-of-range'],
  ],
  [
    'a level that does not exist',
    definitionText('- {id: a, agent_level: L4}'),
    ['5:28 definition.bad-value'],
  ],
  ['a priority of 10', definitionText('- {id: a, priority: 10}'), ['5:25 definition.out-of-range']],
  ['a number for a flag', definitionText('- {id: a, optional: 1}'), ['5:25 definition.wrong-type']],
  ['a list for a mapping', definitionText('- {id: a, run: [ls]}'), ['5:20 definition.wrong-type']],
  [
    'a number for an argument',
    definitionText('- {id: a, run: {command: [sleep, 5]}}'),
    ['5:38 definition.wrong-type'],
  ],
  [
    'two spellings at once',
    definitionText('- {id: a, retry_policy: {backoff: fixed, backoff_strategy: linear}}'),
    ['5:46 definition.two-spellings'],
  ],
  [
    'a decision without cases',
    definitionText('- {id: a, type: DECISION, decision_param: "1"}'),
    ['5:7 definition.missing-key'],
  ],
  [
    'a trigger with a typo',
    definitionWith('triggers: [{on: a.b, wehn: "true"}]'),
    ['4:24 definition.unknown-key'],
  ],
  [
    'a metric nobody measures',
    definitionWith('monitoring: {metrics: [speed]}'),
    ['4:26 definition.bad-value'],
  ],
];

const references: readonly Row[] = [
  [
    'depends_on',
    definitionText('- id: build\n- id: test\n  depends_on: biuld'),
    ['7:19 definition.unknown-task'],
  ],
  [
    'an entry of a list',
    definitionText('- id: a\n- {id: b, depends_on: [a, zzz]}'),
    ['6:31 definition.unknown-task'],
  ],
  ['parallel_with', definitionText('- {id: a, parallel_with: zzz}'), ['5:30 definition.unknown-task']],
  ['fallback', definitionText('- {id: a, fallback: [zzz]}'), ['5:26 definition.unknown-task']],
  ['compensate', definitionText('- {id: a, compensate: zzz}'), ['5:27 definition.unknown-task']],
  ['catch', definitionText('- {id: a, catch: [{errors: "*", next: zzz}]}'), ['5:43 definition.unknown-task']],
  ['join_on', definitionText('- {id: a, type: JOIN, join_on: [zzz]}'), ['5:37 definition.unknown-task']],
  [
    'a case that is nearly the name of a task',
    definitionText(
      '- id: alert\n- id: d\n  type: DECISION\n  decision_param: "1"\n  decision_cases: {A: {next: alret}}\n  default: []',
    ),
    ['9:34 definition.unknown-task'],
  ],
  [
    'a default that is nearly the name of a task',
    definitionText(
      '- id: alert\n- id: d\n  type: SWITCH\n  decision_param: "1"\n  decision_cases: {}\n  default_case: [alrt]',
    ),
    ['10:22 definition.unknown-task'],
  ],
];

const structure: readonly Row[] = [
  ['an id twice', definitionText('- id: a\n- id: b\n- id: a'), ['7:11 definition.duplicate-id']],
  [
    'an id twice, once inside',
    definitionText('- id: a\n- {id: f, type: FORK, branches: [[{id: a}]]}'),
    ['6:44 definition.duplicate-id'],
  ],
  ['a reserved id', definitionText('- id: workflow'), ['5:11 definition.reserved-id']],
  ['an id no file can have', definitionText('- id: nul'), ['5:11 definition.reserved-id']],
  ['a task that waits for itself', definitionText('- {id: a, depends_on: a}'), ['5:27 definition.cycle']],
  [
    'a cycle over three tasks',
    definitionText('- {id: a, depends_on: c}\n- {id: b, depends_on: a}\n- {id: c, depends_on: b}'),
    ['5:27 definition.cycle'],
  ],
  [
    'a cycle over parallel_with',
    definitionText('- {id: a, parallel_with: b}\n- {id: b, parallel_with: a}'),
    ['5:30 definition.cycle'],
  ],
  [
    'a cycle over a decision',
    definitionText(
      '- {id: a}\n- id: d\n  type: DECISION\n  depends_on: b\n  decision_param: "1"\n  decision_cases: {}\n  default: b\n- {id: b, depends_on: a}',
    ),
    ['8:19 definition.cycle'],
  ],
  [
    'a task after the end',
    definitionText('- {id: end, type: TERMINATE, status: FAILED}\n- {id: after, depends_on: end}'),
    ['6:7 definition.unstartable'],
  ],
  [
    'a task after an undoing one, and not the one after it',
    definitionText('- {id: a, compensate: u}\n- id: u\n- {id: b, depends_on: u}\n- {id: c, depends_on: b}'),
    ['7:7 definition.unstartable'],
  ],
  ['a JOIN of nothing', definitionText('- {id: a, type: JOIN}'), ['5:7 definition.impossible-join']],
  [
    'more dependencies asked for than there are',
    definitionText('- id: a\n- {id: b, depends_on: a, join: 2}'),
    ['6:36 definition.impossible-join'],
  ],
  [
    'an AND of two branches that exclude each other',
    definitionText(
      '- {id: d, type: DECISION, decision_param: "1", decision_cases: {A: {next: a}, B: {next: b}}, default: []}\n- id: a\n- id: b\n- {id: c, depends_on: b}\n- {id: j, depends_on: [a, c], join: 2}',
    ),
    ['9:41 definition.impossible-join'],
  ],
  [
    'a quorum nobody can reach',
    definitionText('- {id: a, type: HUMAN, approvers: {names: [x, y]}, quorum: 3}'),
    ['5:64 definition.impossible-quorum'],
  ],
  [
    'a quorum nobody can reach, not even after the escalation',
    definitionText(
      '- {id: a, type: HUMAN, timeout: 1h, on_timeout: escalate, escalate_to: {names: x}, approvers: {names: [x, y]}, quorum: 3}',
    ),
    ['5:124 definition.impossible-quorum'],
  ],
  ['a FORK without branches', definitionText('- {id: a, type: FORK}'), ['5:7 definition.bad-combination']],
  [
    'a loop without a condition',
    definitionText('- {id: a, type: DO_WHILE, tasks: [{id: b}]}'),
    ['5:7 definition.bad-combination'],
  ],
  [
    'a WAIT for two times',
    definitionText('- {id: a, type: WAIT, duration: 1s, until: 2026-01-31}'),
    ['5:7 definition.bad-combination'],
  ],
  [
    'a command in one text',
    definitionText('- {id: a, run: {command: ls -l}}'),
    ['5:30 definition.bad-combination'],
  ],
  [
    'a value put into a shell script with arguments',
    definitionText('- {id: a, run: {command: ["echo ${workflow.run_id}", b], shell: sh}}'),
    ['5:30 definition.bad-combination'],
  ],
  [
    'arguments to pwsh',
    definitionText('- {id: a, run: {command: [a.ps1, Invoke-Scan, b], shell: pwsh}}'),
    ['5:30 definition.bad-combination'],
  ],
  [
    'what is no function to pwsh',
    definitionText('- {id: a, run: {command: [a.ps1, "Get-Item; x"], shell: pwsh}}'),
    ['5:30 definition.bad-combination'],
  ],
  ['an output outside', definitionText('- {id: a, output_to: ../x.yaml}'), ['5:26 definition.bad-path']],
  ['an absolute output', definitionText('- {id: a, output_to: /tmp/x.yaml}'), ['5:26 definition.bad-path']],
  ['a Windows drive', definitionText('- {id: a, output_to: "C:x.yaml"}'), ['5:26 definition.bad-path']],
  [
    'an output behind an expression',
    definitionText('- {id: a, output_to: "${workflow.id}/../x.json"}'),
    ['5:26 definition.bad-path'],
  ],
  ['an output of no format', definitionText('- {id: a, output_to: x.txt}'), ['5:26 definition.bad-path']],
];

const inputs: readonly Row[] = [
  ['a name with a dot', definitionWith('input: {required: [a.b]}'), ['4:22 definition.bad-name']],
  [
    'a default of the wrong type',
    definitionWith('input: {properties: {n: {type: integer, default: x}}}'),
    ['4:52 definition.bad-default'],
  ],
  [
    'a pattern that never ends',
    definitionWith('input: {properties: {n: {pattern: "("}}}'),
    ['4:37 definition.bad-pattern'],
  ],
  [
    'a range without a number in it',
    definitionWith('input: {properties: {n: {minimum: 2, maximum: 1}}}'),
    ['4:37 definition.out-of-range'],
  ],
  [
    'a typo in items',
    definitionWith('input: {properties: {n: {type: array, items: {typ: string}}}}'),
    ['4:49 definition.unknown-key'],
  ],
  [
    'an input both ways',
    definitionWith('input: {required: [a], optional: [a]}'),
    ['4:26 definition.bad-combination'],
  ],
  [
    'an output with a typo',
    definitionText('- {id: a, output: [compliance]}', 'output: [complience]'),
    ['4:12 definition.unknown-output'],
  ],
];

describe.each([
  ['keys and values', keys],
  ['references', references],
  ['structure', structure],
  ['inputs and outputs', inputs],
])('%s', (_, rows) => {
  test.each(rows)('%s', (_title, content, expected) => {
    expect(placesOf(content)).toEqual(expected);
  });
});

test('all problems of a file are reported at once, in the order of the file', () => {
  const text = definitionText(
    '- id: a\n  tiemout: 5s\n- id: b\n  depends_on: c\n  priority: high\n- id: d\n  input: ${nobody.output}',
    'timeout: 30\nlabels: {a: 1}',
  );
  expect(placesOf(text)).toEqual([
    '4:12 definition.wrong-type',
    '5:15 definition.wrong-type',
    '8:7 definition.unknown-key',
    '10:19 definition.unknown-task',
    '11:17 definition.wrong-type',
    '13:16 definition.unknown-task',
  ]);
});

test('a task that cannot be read is still known to those that name it', () => {
  const text = definitionText('- {id: gate, type: DECISION}\n- {id: b, depends_on: gate}');
  expect(placesOf(text)).toEqual(['5:7 definition.missing-key', '5:7 definition.missing-key']);
});

test('messages name what was meant', () => {
  const text = definitionText(
    '- id: scan\n  needs: x\n  retry_policy: {max_attemps: 3}\n- {id: b, timeout_policy: Fail}\n- {id: scan}',
  );
  const result = loadDefinition({ file: 'w.yaml', content: text });
  expect(result.ok ? [] : result.problems.map((each) => [each.path, each.message, each.fix])).toEqual([
    ['tasks.scan.needs', 'unknown key "needs"; did you mean "depends_on"?', 'depends_on'],
    [
      'tasks.scan.retry_policy.max_attemps',
      'unknown key "max_attemps"; did you mean "max_attempts"?',
      'max_attempts',
    ],
    ['tasks.b.timeout_policy', 'expected retry, fail, alert, found "Fail"; did you mean "fail"?', 'fail'],
    ['tasks.scan.id', 'the id "scan" is given to two tasks (first on line 5)', undefined],
  ]);
});

function placesOf(content: string): readonly string[] {
  const result = loadDefinition({ file: 'w.yaml', content });
  const problems = result.ok ? [] : result.problems.filter((each) => each.severity === 'error');

  return problems.map((each) => `${each.line}:${each.column} ${each.code}`);
}
