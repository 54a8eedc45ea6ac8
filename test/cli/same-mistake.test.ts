// One mistake has one code, whoever is asked. Method: a project with definitions that name what there is not; what
// `workflow check`, `workflow check --deep`, `workflow test` and `workflow doctor` say of each.
import { expect, test } from 'vitest';
import { checkDefinitions } from '../../src/compose/doctor/doctor-definitions.ts';
import { createProject } from './project.ts';

const agents = `agents:
  - {name: WRITER, level: L3, skills: [write]}
principals:
  - {name: ana, level: L1}
`;

const mistakes = [
  ['an action', 'uses: files.sacn, input: {folder: docs}', 'definition.unknown-action'],
  ['an agent', 'assigned_to: WRITR', 'definition.unknown-agent'],
  ['a skill', 'requires: [wriet]', 'definition.unknown-skill'],
  ['a definition', 'type: SUB_WORKFLOW, workflow: nobody', 'definition.unknown-workflow'],
  ['an approver', 'type: HUMAN, approvers: {names: [anna]}', 'definition.unknown-approver'],
  [
    'an error code',
    'type: HTTP, timeout: 5s, request: {method: GET, url: "https://example.test/"}, catch: [{errors: [http.timout], next: b}]',
    'definition.unraised-error',
  ],
] as const;

test.each(mistakes)('%s with a typo', async (_, keys, code) => {
  const text = `workflow:
  id: subject
  version: 1
  tasks:
    - {id: a, ${keys}}
${keys.includes('next: b') ? '    - {id: b, type: NOOP}\n' : ''}`;
  const { cli, dir } = await createProject({ 'agents.yaml': agents, 'definitions/subject.yaml': text });
  const check = await cli('check --json definitions/subject.yaml');
  const deep = await cli('check --json --deep definitions/subject.yaml');
  const tested = await cli('test --json definitions/subject.yaml');
  const [line] = await checkDefinitions(dir);

  expect([check, deep, tested].map(({ exit }) => exit)).toEqual([2, 2, 2]);
  for (const { out, err } of [check, deep, tested]) expect(out + err).toContain(code);
  expect(line).toMatchObject({ status: 'fail', detail: expect.stringContaining(code) });
});

test('what names only what there is passes all of them', async () => {
  const text = `workflow:
  id: subject
  version: 1
  tasks:
    - {id: a, assigned_to: WRITER, timeout: 5m}
`;
  const { cli, dir } = await createProject({ 'agents.yaml': agents, 'definitions/subject.yaml': text });
  const exits = await Promise.all(
    ['check definitions', 'check --deep definitions', 'test'].map(async (line) => (await cli(line)).exit),
  );

  expect(exits).toEqual([0, 0, 0]);
  expect(await checkDefinitions(dir)).toMatchObject([{ status: 'ok' }]);
});
