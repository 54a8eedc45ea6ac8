// `workflow check`, `definitions` and `doctor`: what is there and whether it is right. Method: files in a project.
import { expect, test } from 'vitest';
import { runCli } from '../../src/cli/program/program.ts';
import { all } from './definitions.ts';
import { createMemoryApp } from './memory-app.ts';
import { createProject } from './project.ts';
import { createTestIo } from './test-io.ts';

const broken =
  'workflow:\n  id: broken\n  version: 1\n  tasks:\n    - { id: a, uses: notify, timeot: 5s }\n    - { id: b, depends_on: c, uses: notify }\n';

test('check accepts what is right, file by file or by folder', async () => {
  const { cli } = await createProject(all);
  expect(await cli('check definitions/greeting.yaml')).toMatchObject({
    exit: 0,
    out: expect.stringContaining('greeting v1, 1 task'),
  });
  expect(await cli('check definitions')).toMatchObject({
    exit: 0,
    err: expect.stringContaining('4 files, 0 with errors'),
  });
});

test('check reports every problem of every file at once, with exit code 2', async () => {
  const { cli } = await createProject({ ...all, 'definitions/broken.yaml': broken });
  const { exit, out } = await cli(
    'check definitions/broken.yaml definitions/none.yaml definitions/slow.yaml',
  );
  expect(exit).toBe(2);
  expect(out).toContain('definitions/broken.yaml:5:');
  expect(out).toContain('definitions/broken.yaml:6:');
  expect(out).toContain('there is no such file');
  expect(out).toContain('✓ definitions/slow.yaml');
  const report = JSON.parse((await cli('check definitions/broken.yaml --json')).out);
  expect(report).toMatchObject({
    kind: 'CheckReport',
    ok: false,
    files: [{ problems: [{ line: 5 }, { line: 6 }] }],
  });
});

const world = {
  'agents.yaml': 'agents:\n  WRITER: {skills: [write]}\n',
  'definitions/child.yaml':
    'workflow:\n  id: child\n  version: 1\n  input: {required: [n]}\n  tasks: [{id: a, requires: write}]\n',
};
const misfit = (task: string) => `workflow:\n  id: misfit\n  version: 1\n  tasks: [${task}]\n`;

test('check knows the actions, the agents and the definitions of the project', async () => {
  const { cli } = await createProject({
    ...world,
    'definitions/a.yaml': misfit('{id: a, uses: files.sacn}'),
    'definitions/b.yaml': misfit('{id: a, assigned_to: WRITR}'),
    'definitions/c.yaml': misfit('{id: a, type: SUB_WORKFLOW, workflow: chidl, input: {n: 1}}'),
    'definitions/d.yaml': misfit('{id: a, type: SUB_WORKFLOW, workflow: child}'),
    'definitions/e.yaml': misfit('{id: a, type: SUB_WORKFLOW, workflow: child, input: {n: 1}}'),
  });
  const { exit, out, err } = await cli('check definitions');
  expect(exit).toBe(2);
  for (const said of [
    'there is no action "files.sacn"; did you mean "files.scan"?',
    'there is no agent "WRITR" in agents.yaml; did you mean "WRITER"?',
    'there is no definition "chidl"; did you mean "child"?',
    'child: the required input "n" is not given',
    '✓ definitions/e.yaml',
  ]) {
    expect(out).toContain(said);
  }
  expect(err).toContain(
    'not looked at: what is registered and who works now (no server of this project is running)',
  );
  expect((await cli('check definitions/b.yaml --offline')).err).toContain('(--offline)');
  expect((await cli('check definitions/a.yaml')).err).not.toContain('not looked at');
});

test('without agents.yaml any agent may come, and a file beside another is known to it', async () => {
  const { cli } = await createProject({
    'drafts/one.yaml': misfit(
      '{id: a, assigned_to: WRITR}, {id: b, type: SUB_WORKFLOW, workflow: child, input: {n: 1}}',
    ),
    'drafts/two.yaml': world['definitions/child.yaml'],
  });
  expect(await cli('check drafts/one.yaml')).toMatchObject({ exit: 0 });
});

test('a file with a mistake of order is not started', async () => {
  const { cli } = await createProject({
    'definitions/a.yaml': misfit('{id: a, assigned_to: X}, {id: stop, type: TERMINATE, status: FAILED}'),
  });
  expect(await cli('start definitions/a.yaml')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('ends every run at once'),
  });
});

test('check of a folder without definitions is a mistake, not a success', async () => {
  const { cli } = await createProject({ 'empty/readme.txt': '' });
  expect((await cli('check empty')).exit).toBe(2);
});

test('definitions lists the files of the project and what was started', async () => {
  const { cli } = await createProject(all);
  await cli('start greeting --who x');
  const { items } = JSON.parse((await cli('definitions --json')).out);
  expect(items.filter(({ id }: { id: string }) => id === 'greeting')).toMatchObject([
    { version: 1, file: 'definitions/greeting.yaml', hash: expect.stringMatching(/^\w{64}$/), versions: [1] },
  ]);
  expect((await cli('definitions')).out.split('\n')).toHaveLength(7);
});

test('a registered definition can be started when its file is gone, and checked by version', async () => {
  const { app, cli } = await createProject(all);
  await cli('start greeting --who x');
  const elsewhere = await createProject({});
  const io = createTestIo({ cwd: elsewhere.dir });
  expect(await runCli(['start', 'greeting@1', '--who', 'again'], app, io)).toBe(0);
  expect(io.out()).toContain('hello again');
  expect(
    await runCli(['start', 'greeting@2', '--who', 'again'], app, createTestIo({ cwd: elsewhere.dir })),
  ).toBe(4);
});

test('doctor fails when a check fails, says what would help, and exits with 3 for a server out of reach', async () => {
  const checks = [
    { name: 'node', status: 'ok', detail: 'Node 20' },
    { name: 'nats', status: 'fail', detail: 'not found', fix: 'apt install nats-server' },
  ] as const;
  const io = createTestIo();
  expect(await runCli(['doctor'], createMemoryApp(checks), io)).toBe(3);
  expect(io.out()).toBe(
    '✓ ok   node  Node 20\n✗ fail nats  not found\n             try: apt install nats-server\n',
  );
  expect(await runCli(['doctor'], createMemoryApp(checks.slice(0, 1)), createTestIo())).toBe(0);
  const broken = [...checks, { name: 'definitions', status: 'fail', detail: 'one is invalid' }] as const;
  expect(await runCli(['doctor'], createMemoryApp(broken), createTestIo())).toBe(1);
});
