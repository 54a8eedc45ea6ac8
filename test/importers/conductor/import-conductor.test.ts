// What the import promises beyond single definitions: nothing is dropped in silence, what is no definition is refused
// with a reason, and no text makes it throw. Method: small definitions, each about one thing.
import { expect, test } from 'vitest';
import { importConductor } from '../../../src/importers/conductor/import-conductor.ts';
import { imported, importedTasks, jsonFiles, netflixFolder, readFixture } from './conductor-fixtures.ts';

const simple = { name: 'a', taskReferenceName: 'a', type: 'SIMPLE' };

function refused(text: string, tasks?: string) {
  return importConductor({
    text,
    file: 'x.json',
    ...(tasks === undefined ? {} : { tasks: { text: tasks, file: 't.json' } }),
  });
}

test.each([
  ['', 'definition.not-json', 'empty'],
  ['{"name": "a",}', 'definition.not-json', 'line 1, column 14'],
  ['// a comment\n{}', 'definition.not-json', 'line 1, at or after'],
  ['{"a": 1, "b": 2}', 'definition.not-conductor', 'an object with a, b'],
  ['[]', 'definition.not-conductor', 'an empty list'],
  ['"text"', 'definition.not-conductor', '"text"'],
  ['{"workflow": {"id": "x", "tasks": [{"id": "a"}]}}', 'definition.not-conductor', 'workflow'],
  [JSON.stringify([{ name: 'w', tasks: [simple] }, { no: 1 }]), 'definition.not-conductor', '/1'],
  [readFixture('taskdefs.json'), 'definition.not-conductor', '1 task definitions and no workflow'],
  [`{"tasks": ${'['.repeat(200)}${']'.repeat(200)}}`, 'definition.not-json', 'nests deeper'],
])(
  'what is no workflow of Conductor is refused with what, where and a likely fix (%#)',
  (text, code, message) => {
    expect(refused(text)).toMatchObject({
      ok: false,
      code,
      message: expect.stringContaining(message),
      fix: expect.stringMatching(/\w/),
    });
  },
);

test('a file of task definitions that holds none is refused', () => {
  const workflow = JSON.stringify({ name: 'w', tasks: [simple] });
  expect(refused(workflow, workflow)).toMatchObject({
    ok: false,
    message: 't.json holds no task definitions',
  });
});

test('a definition is found in a list, an export, a start request and the record of a run', () => {
  const workflow = { name: 'w', version: 2, tasks: [simple] };
  const record = { workflowId: 'id', tasks: [{ taskType: 'SIMPLE' }], workflowDefinition: workflow };
  for (const document of [
    workflow,
    [workflow],
    { workflows: [workflow] },
    { name: 'r', workflowDef: workflow },
    record,
  ]) {
    expect(imported(JSON.stringify(document)).map(({ id, version }) => `${id}@${version}`)).toEqual(['w@2']);
  }
});

test('every field that holds something is used, or named with a reason', () => {
  const { entries } = importedTasks(
    [{ ...simple, rateLimited: true, unheardOf: { a: 1 }, sink: 'conductor:x' }],
    {
      alsoUnknown: 'yes',
      cacheConfig: { key: 'k' },
    },
  );
  const said = entries.map(({ construct, severity, path }) => `${severity} ${construct} ${path}`);
  expect(said).toContain('loss rateLimited /tasks/0');
  expect(said).toContain('warning unheardOf /tasks/0');
  expect(said).toContain('warning sink /tasks/0');
  expect(said).toContain('warning alsoUnknown ');
  expect(said).toContain('loss cacheConfig ');
});

test('fields that an export writes for everything and nobody has set are not worth a word', () => {
  const empty = {
    decisionCases: {},
    defaultCase: [],
    forkTasks: [],
    joinOn: [],
    loopOver: [],
    startDelay: 0,
  };
  const { entries } = importedTasks(
    [{ ...simple, ...empty, optional: false, asyncComplete: false, onStateChange: null }],
    {
      outputParameters: { x: 1 },
      createTime: 1,
    },
  );
  expect(entries.map(({ construct }) => construct)).toEqual(['taskDefinition']);
});

test('the report has losses first, then warnings, and says of each where and why', () => {
  const { entries } = importedTasks([
    { ...simple, sparkle: 1 },
    { name: 'k', taskReferenceName: 'k', type: 'KAFKA_PUBLISH' },
  ]);
  const order = ['loss', 'warning', 'info'];
  const ranks = entries.map(({ severity }) => order.indexOf(severity));
  expect(ranks).toEqual([...ranks].sort());
  expect(entries[0]).toEqual({
    severity: 'loss',
    task: 'k',
    path: '/tasks/1',
    construct: 'KAFKA_PUBLISH',
    reason: expect.any(String),
    became: 'requires: [KAFKA_PUBLISH]',
  });
});

test('references follow a task that is renamed, and two names that become one id stay two', () => {
  const { yaml, entries, problems } = importedTasks([
    { ...simple, taskReferenceName: 'Get-User' },
    {
      ...simple,
      taskReferenceName: 'getUser',
      inputParameters: { a: '${Get-User.output.id}', b: "x ${Get-User.output['a b']}" },
    },
    { ...simple, taskReferenceName: 'loop', inputParameters: { a: '${getUser.output.list[*].id}' } },
  ]);
  expect(problems).toEqual([]);
  expect(yaml).toContain('a: ${get_user.output.?id.orValue(null)}');
  expect(yaml).toContain('b: x ${get_user.output[?"a b"].orValue("")}');
  expect(yaml).toContain('- id: get_user_2');
  expect(yaml).toContain('a: ${get_user_2.output.?list.orValue([]).map(each, each.?id.orValue(null))}');
  expect(entries).toContainEqual(
    expect.objectContaining({ construct: 'taskReferenceName', task: 'loop', became: 'loop_task' }),
  );
});

test('a task that reads one that never came before it reads null, as in Conductor', () => {
  const { yaml, problems, entries } = importedTasks([
    { ...simple, inputParameters: { later: '${b.output.x}', nobody: '${c.output.x}' } },
    { ...simple, taskReferenceName: 'b' },
  ]);
  expect(problems).toEqual([]);
  expect(yaml).toContain('later: ${tasks.?b.?output.?x.orValue(null)}');
  expect(yaml).toContain('nobody: null');
  expect(entries.map(({ construct }) => construct)).toEqual(
    expect.arrayContaining(['${c.output.x}', '${b...}']),
  );
});

test('the inputs that one definition of an import gives to another are declared there', () => {
  const [, child] = imported(
    JSON.stringify([
      {
        name: 'parent',
        tasks: [
          {
            ...simple,
            type: 'SUB_WORKFLOW',
            subWorkflowParam: { name: 'child' },
            inputParameters: { unread: 1 },
          },
        ],
      },
      { name: 'child', tasks: [simple] },
    ]),
  );
  expect(child?.yaml).toContain('- unread: null');
});

test('two definitions of one name and version with other content stay two', () => {
  const inline = (ref: string) => ({
    ...simple,
    taskReferenceName: ref,
    type: 'SUB_WORKFLOW',
    subWorkflowParam: {
      name: 'inner',
      workflowDefinition: { name: 'inner', tasks: [{ ...simple, taskReferenceName: ref }] },
    },
  });
  const all = imported(JSON.stringify({ name: 'outer', tasks: [inline('x'), inline('z')] }));
  expect(all.map(({ id }) => id)).toEqual(['outer', 'inner', 'inner_2']);
  expect(all[0]?.yaml).toContain('workflow: inner_2@1');
});

test('secrets and variables of the server are secrets of the project', () => {
  const { yaml, entries } = importedTasks([
    { ...simple, inputParameters: { t: 'Bearer ${workflow.env.GH_TOKEN}', s: '${workflow.secrets.KEY}' } },
  ]);
  expect(yaml).toContain('t: Bearer ${secrets.GH_TOKEN}');
  expect(yaml).toContain('s: ${secrets.KEY}');
  expect(entries).toContainEqual(
    expect.objectContaining({ severity: 'warning', construct: '${workflow.env.GH_TOKEN}' }),
  );
});

test('references without ${} of schema version 1 are understood', () => {
  const [old] = imported(
    JSON.stringify({
      name: 'old',
      schemaVersion: 1,
      tasks: [{ ...simple, inputParameters: { m: 'workflow.input.mod' } }],
    }),
  );
  expect(old?.yaml).toContain('m: ${workflow.input.mod}');
});

test('no definition, however it is mutilated, makes the import throw', () => {
  const texts = jsonFiles(netflixFolder)
    .slice(0, 25)
    .map((file) => readFixture(file, netflixFolder));
  const junk = [null, 0, 'x', '${', '${a.b[', [], {}, [[null]], { tasks: 1 }, '${workflow.input..x}', true];
  for (const [at, text] of texts.entries()) {
    let count = 0;
    const broken = JSON.parse(text, (_key, value: unknown) => {
      count += 1;
      return count % (17 + at) === 0 ? junk[count % junk.length] : value;
    });
    expect(() => importConductor({ text: JSON.stringify(broken), file: 'x.json' })).not.toThrow();
  }
});

test.each(['COMPLETED', 'FAILED', 'TERMINATED'])('a TERMINATE keeps its status %s', (status) => {
  const inputParameters = { terminationStatus: status };
  const stop = { taskReferenceName: 'stop', name: 'stop', type: 'TERMINATE', inputParameters };

  expect(importedTasks([simple, stop]).yaml).toContain(`status: ${status}`);
});
