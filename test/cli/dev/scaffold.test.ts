// `workflow init` and `workflow new` write what works at once, and nothing over what is there. Method: the command line
// in empty folders.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../../../src/cli/program/program.ts';
import { createProject } from '../project.ts';
import { createTestIo } from '../test-io.ts';

/** With agents, skills, other definitions, and a test that names its definition. */
const templates = [
  ...['hello', 'lead-qualification', 'daily-operations', 'revenue-milestone', 'research-coordination-v1'],
  ...['order-to-cash', 'inventory-validation-v1'],
];
const made = [
  ...[
    'definitions/hello.yaml',
    'definitions/hello.test.yaml',
    'agents.yaml',
    'agents/greeter.mjs',
    '.gitignore',
  ],
  'AGENTS.md',
  ...['definitions/workflow.schema.json', 'definitions/agents.schema.json'],
];

test('init makes a project whose definition runs to its end, with its cases and its schema', async () => {
  const { dir, cli } = await createProject({});
  const { exit, out, err } = await cli('init');
  expect([exit, out.trimEnd().split('\n')]).toEqual([0, made.map((path) => `✓ ${path}`)]);
  expect(err).toContain('workflow start hello --who Ada');
  expect(await readFile(join(dir, 'definitions/hello.yaml'), 'utf8')).toMatch(
    /^# yaml-language-server: \$schema=workflow\.schema\.json\n/,
  );
  expect(await readFile(join(dir, '.gitignore'), 'utf8')).toContain('.3ox/');

  expect(await cli('check definitions agents.yaml')).toMatchObject({ exit: 0 });
  expect(await cli('test hello')).toMatchObject({ exit: 0, out: expect.stringContaining('1 case') });
  expect(await cli('start hello --who Ada')).toMatchObject({
    exit: 0,
    out: expect.stringContaining('hello Ada'),
  });
});

test('the agent that init declares can do what the definition does, as its comment says', async () => {
  const { dir, cli } = await createProject({});
  await cli('init');
  const path = join(dir, 'definitions/hello.yaml');
  const text = await readFile(path, 'utf8');
  await writeFile(
    path,
    text
      .replace(/ {6}run:\n.*\n/, '')
      .replace(/# {3}(assigned_to|input|output)/g, '  $1')
      .replace('timeout: 10s', 'timeout: 1m'),
  );
  expect(await cli(`check ${path} agents.yaml`)).toMatchObject({ exit: 0 });
  expect(await readFile(path, 'utf8')).toContain('      assigned_to: GREETER\n      input: {who:');
});

test('init leaves what is there as it is, and says so; a second one makes nothing', async () => {
  const { dir, cli } = await createProject({
    '.gitignore': 'node_modules\n',
    'definitions/hello.yaml': 'mine',
  });
  const { exit, out, err } = await cli('init');
  expect(exit).toBe(0);
  expect(out).not.toContain('hello.yaml');
  expect(err).toMatch(/hello\.yaml is there already and stays as it is[\s\S]*keep \.3ox\/ out of git/);
  expect(await readFile(join(dir, 'definitions/hello.yaml'), 'utf8')).toBe('mine');
  expect(JSON.parse((await cli('init --json')).out)).toMatchObject({
    kind: 'Project',
    made: [],
    there: made,
  });
});

test('init makes the folder that is named, and says how to get there', async () => {
  const { dir, app, cli } = await createProject({});
  const { err } = await cli('init inside/shop');
  expect(err).toContain('cd inside/shop');
  expect(await readdir(join(dir, 'inside/shop'))).toContain('agents.yaml');

  const io = createTestIo({ cwd: dir });
  await runCli(['init', 'my shop'], app, io);
  expect(io.err()).toContain("cd 'my shop'\n");
});

test('new makes of a template a definition that check finds nothing wrong with, under the new name', async () => {
  const { dir, cli, app } = await createProject({});
  await cli('init');
  // The same for all commands, so that the templates are read once.
  const gallery = await app.gallery(dir, dir);
  app.gallery = () => Promise.resolve(gallery);
  for (const name of templates) {
    const { exit, out } = await cli(`new ${name} my-${name}`);
    expect([name, exit, out]).toEqual([
      name,
      0,
      expect.stringContaining(`✓ definitions/my-${name}.yaml  my-${name} v`),
    ]);
  }
  const leads = await readFile(join(dir, 'definitions/my-lead-qualification.yaml'), 'utf8');
  expect(leads).toMatch(/^# yaml-language-server[\s\S]*\n {2}id: my-lead-qualification\n/);
  expect(await readFile(join(dir, 'agents.yaml'), 'utf8')).toContain('  marketing_lead_generator:\n');
  expect(await cli('check definitions agents.yaml')).toMatchObject({ exit: 0 });
  expect(await cli('test my-revenue-milestone')).toMatchObject({ exit: 0 });
}, 120_000);

test('new asks on a terminal for what it is not told, and takes a number or a name', async () => {
  const { cli } = await createProject({});
  const asked: string[] = [];
  const answers = ['1', 'greetings'];
  const prompt = async (question: string): Promise<string> => {
    asked.push(question);
    return answers.shift() ?? '';
  };
  const { exit, out, err } = await cli('new', { prompt });
  expect([exit, asked]).toEqual([
    0,
    ['template (its name or number) [1]: ', 'name of the definition [hello]: '],
  ]);
  expect(err).toMatch(/1 +hello +One command[\s\S]*lead-qualification +Scores a captured lead/);
  expect(out).toContain('✓ definitions/greetings.yaml  greetings v1, 1 task');
});

test('new takes a name that YAML has to quote, and none that another file has', async () => {
  const other = 'workflow:\n  id: orders\n  version: 1\n  tasks: [{id: a, type: NOOP}]\n';
  const { cli } = await createProject({ 'definitions/other.yaml': other });
  expect(await cli('new hello 123')).toMatchObject({
    exit: 0,
    out: expect.stringContaining('✓ definitions/123.yaml  123 v1'),
  });
  const { exit, err } = await cli('new hello orders');
  expect([exit, err]).toEqual([
    2,
    expect.stringContaining('"orders" is the id of definitions/other.yaml already; nothing was written'),
  ]);
});

test.each([
  ['new', 'usage.template', 'name the template'],
  ['new hello', 'usage.name', 'name the definition that is made of hello'],
  ['new helo mine', 'usage.template', 'did you mean "hello"?'],
  ['new hello Größe', 'usage.name', 'cannot be the id of a definition'],
  ['new hello taken', 'usage.name', 'definitions/taken.yaml is there already; nothing was written'],
])('%s is refused without a terminal, and says what is missing', async (line, code, message) => {
  const { dir, cli } = await createProject({ 'definitions/taken.yaml': 'mine' });
  const { exit, err } = await cli(line);
  expect([exit, err]).toEqual([2, expect.stringContaining(message)]);
  expect(err).toContain(`[${code}]`);
  expect(await readdir(join(dir, 'definitions'))).toEqual(['taken.yaml']);
});
