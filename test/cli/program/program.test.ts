// The command line as such: help, topics, what is no command, global options, the reference page. Method: command
// lines in a project, and the page in the repository compared with the commands.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { referenceText } from '../../../src/cli/program/help-command.ts';
import { createProgram } from '../../../src/cli/program/program.ts';
import { all } from '../definitions.ts';
import { createMemoryApp } from '../memory-app.ts';
import { createProject } from '../project.ts';
import { createTestIo } from '../test-io.ts';

test('docs/cli.md is what `workflow help reference` prints', async () => {
  const page = await readFile(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
  expect(page).toBe(referenceText(createProgram(createMemoryApp(), createTestIo())));
});

test('no command at all prints the three commands to begin with', async () => {
  const { cli } = await createProject({});
  const { exit, out } = await cli('');
  expect(exit).toBe(0);
  for (const command of ['workflow definitions', 'workflow start', 'workflow status'])
    expect(out).toContain(command);
});

test.each([
  ['--help', 'replay [options] [run]'],
  ['help', 'replay [options] [run]'],
  ['start --help', '--detach'],
  ['help start', '-i <name=value>'],
  ['approve --help', '--comment <text>'],
  ['help exit-codes', '130  interrupted'],
])('%s is help, and exits with 0', async (line, text) => {
  const { cli } = await createProject({});
  expect(await cli(line)).toMatchObject({ exit: 0, err: '', out: expect.stringContaining(text) });
});

test.each([
  ['strat orders --detach', 'workflow start orders --detach'],
  ['list --stauts RUNNING', 'workflow list --status RUNNING'],
  ['lint orders.yaml', 'workflow check orders.yaml'],
  ['run orders.yaml', 'workflow start orders.yaml'],
  ['ps', 'workflow list'],
  ['validate definitions', 'workflow check definitions'],
  ['deploy definitions/orders.yaml', 'workflow definitions publish definitions/orders.yaml'],
  ['agents lst', 'workflow agents list'],
  ['definitions publsh orders.yaml', 'workflow definitions publish orders.yaml'],
  ['definitions quite-something', 'workflow definitions --help'],
  ['quite-something', 'workflow --help'],
  ['--project . lint orders.yaml', 'workflow --project . check orders.yaml'],
])('%s is refused with the command that was likely meant', async (line, meant) => {
  const { cli } = await createProject({});
  const { exit, err } = await cli(line);
  expect(exit).toBe(2);
  expect(err).toContain(`try: ${meant}\n`);
});

test('help about what is no command says what was likely meant', async () => {
  const { cli } = await createProject({});
  expect(await cli('help strat')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('did you mean "start"?'),
  });
});

test('help goes down into a group of commands', async () => {
  const { cli } = await createProject({});
  expect(await cli('help goals show')).toMatchObject({
    exit: 0,
    out: expect.stringContaining('workflow goals show revenue'),
  });
});

test('a wrong command line is a JSON error with --json', async () => {
  const { cli } = await createProject({});
  const { out, err } = await cli('strat --json');
  expect(out).toBe('');
  expect(JSON.parse(err)).toMatchObject({
    error: { code: 'usage.command-line', fix: 'workflow start --json' },
  });
});

test('--version is that of package.json', async () => {
  const { cli } = await createProject({});
  const { version } = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'));
  expect(await cli('--version')).toEqual({ exit: 0, out: `${version}\n`, err: '' });
});

test('a command without its argument points to its own help', async () => {
  const { cli } = await createProject({});
  expect(await cli('show')).toMatchObject({ exit: 2, err: expect.stringContaining('workflow show --help') });
});

test('--project names the folder, and hints repeat it', async () => {
  const { cli, dir } = await createProject(all);
  const { exit, err } = await cli(`start approval --project ${dir}`, { cwd: '/' });
  expect(exit).toBe(6);
  expect(err).toMatch(new RegExp(`workflow approve \\w+ ask --project ${dir}\n`));
  expect(await cli('list --project no/such')).toMatchObject({ exit: 2 });
});

test.each(['start', 'npx'])('started by npm (%s), hints are commands that npx finds', async (event) => {
  const { cli } = await createProject(all);
  const { err } = await cli('start approval', { env: { npm_lifecycle_event: event } });
  expect(err).toContain('npx 3ox-workflow approve');
});

test('colours are written for a terminal, or when asked for, or never', async () => {
  const { cli } = await createProject(all);
  const colour = '\u001b[';
  expect((await cli('start greeting --who x')).out).not.toContain(colour);
  expect((await cli('status', { stdoutIsTty: true })).out).toContain(colour);
  expect((await cli('status', { stdoutIsTty: true, env: { NO_COLOR: '1' } })).out).not.toContain(colour);
  expect((await cli('status --color always')).out).toContain(colour);
});

test('only ASCII is written for the C locale and with --ascii', async () => {
  const { cli } = await createProject(all);
  const ran = await cli('start greeting --who x', { env: { LC_ALL: 'C' } });
  expect(`${ran.out}${ran.err}`).toMatch(/^[\x20-\x7e\n]+$/);
  for (const line of ['show @last', 'history @last', 'status @last']) {
    expect((await cli(`${line} --ascii`)).out).toMatch(/^[\x20-\x7e\n]+$/);
  }
});

test('--quiet leaves the data alone', async () => {
  const { cli } = await createProject(all);
  expect(await cli('start greeting --who x --quiet')).toMatchObject({
    err: '',
    out: expect.stringContaining('completed'),
  });
});
