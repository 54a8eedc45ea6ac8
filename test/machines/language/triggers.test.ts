// A trigger that could never start a run, or not the run that was meant, is refused before it is waited for in vain.
// Method: definitions with triggers, each with every problem it must give, as `line:column code message`.
import { describe, expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { definitionWith } from '../../support/definition-text.ts';

const order =
  'input: {required: [order], properties: {order: {type: string}, amount: {type: integer, maximum: 9}}}\n';

describe('a trigger is refused', () => {
  test.each([
    [
      'whose schedule is none',
      'triggers: [{cron: 99 9 * * *}]',
      '4:21 definition.bad-schedule "99 9 * * *" is no cron expression: Invalid value for minute: 99',
    ],
    [
      'whose day never comes',
      'triggers: [{cron: 0 9 31 2 *}]',
      '4:21 definition.bad-schedule "0 9 31 2 *" never comes: there is no such day',
    ],
    [
      'whose time zone is none',
      'triggers: [{cron: 0 9 * * *, timezone: Europe/Berne}]',
      '4:42 definition.bad-schedule no time zone "Europe/Berne"; one such as Europe/Berlin, or UTC, is known',
    ],
    [
      'whose event has no such type',
      'triggers: [{on: order.*}]',
      '4:19 definition.bad-value "order.*" is no type of an event: letters, digits, _ and -, in parts joined by dots, such as order.paid',
    ],
    [
      'whose events would wait for two things',
      'triggers: [{on: a, throttle: {limit: 1, per: 1m}, batch: {size: 2, within: 1m}}]',
      '4:53 definition.bad-combination "throttle" and "batch": events of a trigger wait for one thing; leave one of them out',
    ],
    [
      'whose events have no run of their own, and a key for it',
      'triggers: [{on: a, batch: {size: 2, within: 1m}, dedupe_key: "${event.id}"}]',
      '4:64 definition.bad-combination with batch no event has a run of its own that dedupe_key could name; leave dedupe_key out',
    ],
    [
      'whose wait ends before it can',
      'triggers: [{on: a, debounce: {for: 1m, at_most: 10s}}]',
      '4:51 definition.bad-combination at_most is shorter than for, which then never passes',
    ],
    [
      'whose events all have the same key',
      'triggers: [{on: a, debounce: {for: 1m, key: event.data.order}}]',
      '4:47 definition.bad-value every event has the same key: write an expression such as ${event.data.order}',
    ],
    [
      'whose batch has no such event',
      'triggers: [{on: a, batch: {size: 2, within: 1m, key: "${event.data.order}"}, input: {ids: "${event.data.order}", all: "${event.id}"}}]\ninput: {optional: [ids, all]}',
      '4:96 definition.unknown-name the data of a batch has no "order", only events, count',
      '4:124 definition.unknown-name the event of a batch has no "id", only type, time, data',
    ],
    [
      'whose batch does not give what is needed',
      `triggers: [{on: a, batch: {size: 2, within: 1m}}]\n${order}`,
      '4:14 definition.missing-key the required input "order" is not given: a batch gives events, count only; say it under input',
    ],
    [
      'whose name two have, while events wait under it',
      'triggers: [{on: a}, {on: a, throttle: {limit: 1, per: 1m}}]',
      '4:23 definition.duplicate-id the name "a" is that of two triggers; give one another id (first on line 4)',
    ],
    [
      'whose files are elsewhere',
      'triggers: [{file: ../in/*.csv}, {file: /etc/*}]',
      '4:21 definition.bad-path the path leads out of the project directory with ".."',
      '4:42 definition.bad-path the path is absolute; write one inside the project directory',
    ],
    [
      'whose files are ours, however that is written',
      'triggers: [{file: .3ox/**}, {file: ./.3ox/*.log}, {file: "in/.3ox-a/*"}, {file: .//.3ox}]',
      ...['4:21', '4:38', '4:60', '4:83'].map(
        (at) =>
          `${at} definition.bad-path what is in .3ox is ours: every run writes there, and would start the next; watch another folder`,
      ),
    ],
    [
      'whose key is the same for all events',
      'triggers: [{on: a, dedupe_key: event.data.id}, {on: b, dedupe_key: x}]',
      '4:34 definition.bad-value every event has the same key: write an expression such as ${event.data.id}',
      '4:70 definition.bad-value every event has the same key: write an expression such as ${event.data.id}',
    ],
    [
      'whose name is that of another one',
      'triggers: [{on: a, id: x}, {cron: "@daily", id: x}, {file: in/*, id: x}]',
      '4:51 definition.duplicate-id the name "x" is that of two triggers; give one another id (first on line 4)',
      '4:72 definition.duplicate-id the name "x" is that of two triggers; give one another id (first on line 4)',
    ],
    [
      'that gives no input that is needed',
      `${order}triggers: [{cron: "@daily"}, {file: in/*}, {on: a, input: {amount: 1}}]`,
      '5:14 definition.missing-key the required input "order" is not given: a schedule gives nothing by itself; say it under input',
      '5:32 definition.missing-key the required input "order" is not given: a file gives path, name, bytes, modified_at, digest only; say it under input',
      '5:61 definition.missing-key the required input "order" is not given',
    ],
    [
      'that gives an input that there is not, or a wrong one',
      `${order}triggers: [{on: a, input: {order: o, amuont: 1}}, {on: b, input: {order: 7, amount: 10}}]`,
      '5:40 definition.undeclared-input no input "amuont"; did you mean "amount"?',
      '5:76 definition.bad-value the input "order" is refused: expected text, found the number 7',
      '5:87 definition.bad-value the input "amount" is refused: expected at most 9',
    ],
    [
      'whose input is no mapping',
      'triggers: [{on: a, input: [1]}]',
      '4:29 definition.wrong-type expected a mapping from input to value, found a list',
    ],
    [
      'that reads what only a run has',
      'triggers: [{on: a, when: "workflow.input.x == secrets.KEY"}, {on: b, when: only.status == "x"}]',
      '4:29 definition.unknown-name workflow.input is known in a run only; a trigger reads event and workflow.id',
      '4:49 definition.unknown-name secrets.KEY is known in a run only; a trigger reads event and workflow.id',
      '4:78 definition.unknown-name only.status is known in a run only; a trigger reads event and workflow.id',
    ],
    [
      'that reads what an event does not have',
      'triggers: [{on: a, when: event.dat.total > 1}, {on: b, dedupe_key: "${event.tim}"}]',
      '4:28 definition.unknown-name an event has no "dat", only id, source, type, subject, time, data; did you mean "data"?',
      '4:73 definition.unknown-name an event has no "tim", only id, source, type, subject, time, data; did you mean "time"?',
    ],
    [
      'that reads what a time or a file does not have',
      'triggers: [{cron: "@daily", input: "${event.data.nope}"}, {file: a/*, input: "${event.data.pth}"}, {file: b/*, input: "${event.source}"}]',
      '4:41 definition.unknown-name the data of a schedule has no "nope", only tick, trigger',
      '4:83 definition.unknown-name the data of a file has no "pth", only path, name, bytes, modified_at, digest; did you mean "path"?',
      '4:124 definition.unknown-name the event of a file has no "source", only type, time, data',
    ],
    [
      'whose glob cannot be read',
      'triggers: [{file: "["}, {file: "in/[[a"}, {file: "in/*.{csv,tsv"}]',
      '4:21 definition.bad-path the glob has a [ that is never closed; write [[] for the character itself',
      '4:34 definition.bad-path the glob has a [ that is never closed; write [[] for the character itself',
      '4:52 definition.bad-path the glob has a { that is never closed; write [{] for the character itself',
    ],
    [
      'whose schedule does not even look like one',
      'triggers: [{cron: bad}, {cron: 5}]',
      '4:21 definition.bad-value expected five fields such as 0 9 * * 1',
      '4:34 definition.wrong-type expected a cron expression, found the number 5; quote it: "5"',
    ],
    [
      'that nothing fires',
      'triggers: [{when: "true"}, {corn: "@daily"}]',
      '4:14 definition.missing-key one of the keys "on", "cron", "file" is needed',
      '4:31 definition.unknown-key unknown key "corn"; did you mean "cron"?',
    ],
    [
      'whose schedule begins with * and has no quotes',
      'triggers: [{cron: * * * * *}]',
      '4:22 yaml.syntax a value that begins with * needs quotes, such as "* * * * *"',
    ],
    [
      'whose condition is none',
      'triggers: [{on: a, when: 1 + 1}]',
      '4:28 definition.type-mismatch a condition is true or false, and this is a number',
    ],
  ])('%s', (_, head, ...problems) => {
    expect(problemsOf(head)).toEqual(problems);
  });

  test('among more than a hundred', () => {
    const all = Array.from({ length: 101 }, (_, index) => `{on: a${index}}`).join(', ');
    expect(problemsOf(`triggers: [${all}]`)).toEqual([
      expect.stringContaining('definition.out-of-range more than 100 triggers'),
    ]);
  });
});

describe('a trigger is taken', () => {
  test.each([
    [
      'several for events under one name',
      'triggers: [{on: a, when: event.data.x > 1}, {on: a}, {on: b, id: a}]',
    ],
    [
      'several schedules and files without names',
      'triggers: [{cron: "@daily"}, {cron: "@hourly"}, {file: a/*}, {file: b/*}]',
    ],
    [
      'one whose input is what an expression gives',
      `${order}triggers: [{cron: "@daily", input: "\${event.data}"}]`,
    ],
    [
      'one whose input is known when it comes',
      `${order}triggers: [{on: a, input: {order: "\${event.data.o}", amount: "\${event.data.a}"}}]`,
    ],
    [
      'a file that gives what is needed',
      'input: {required: [path, digest]}\ntriggers: [{file: "in/**/*.{csv,tsv}"}]',
    ],
    [
      'one that reads what it may',
      'triggers: [{on: a.b-c_d, when: "event.data.x == workflow.id", dedupe_key: "k-${event.subject}"}]',
    ],
    [
      'one that reads what there may be',
      'triggers: [{on: a, when: "has(event.subject) && event[\'data\'].any.thing > 1"}, {cron: "@daily", input: {}}]',
    ],
    ['files with brackets in their names', 'triggers: [{file: "in/[[]a].{c,[{]}"}]'],
  ])('%s', (_, head) => {
    expect(problemsOf(head)).toEqual([]);
  });
});

describe('a workflow that its own runs start is warned of', () => {
  test.each([
    ['workflow.run.completed', ''],
    ['workflow.run.failed', ''],
    [
      'approval.granted',
      '    - {id: ask, type: HUMAN, wait_for_approval: true, assigned_to: x, depends_on: only}\n',
    ],
  ])('on %s without a condition', (type, tasks) => {
    expect(warningsOf(`triggers: [{on: ${type}}]`, tasks)).toEqual([
      `4:19 definition.endless-recursion runs of "under-test" publish ${type} themselves, and so start the next one again and again; add when, such as event.source != "/3ox/under-test"`,
    ]);
  });

  test.each([
    [
      'with a condition',
      'triggers: [{on: workflow.run.completed, when: "event.data.definition.id == \'x\'"}]',
    ],
    ['of an event of others', 'triggers: [{on: workflow.run.deployed}]'],
    ['of approvals that it never asks for', 'triggers: [{on: approval.granted}]'],
  ])('but not %s', (_, head) => {
    expect(warningsOf(head)).toEqual([]);
  });
});

function warningsOf(head: string, tasks = ''): readonly string[] {
  const result = loadDefinition({ file: 'w.yaml', content: `${definitionWith(head)}${tasks}` });
  const told = result.ok ? result.warnings : result.problems;

  return told.map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`);
}

function problemsOf(head: string): readonly string[] {
  const result = loadDefinition({ file: 'w.yaml', content: definitionWith(head) });

  return result.ok
    ? []
    : result.problems.map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`);
}
