// `workflow start`: typed flags, everything refused before anything is started, and how following ends. Method: the
// real engine over the journal in memory, driven by command lines; exit codes and both streams are compared.
import { expect, test } from 'vitest';
import { all } from './definitions.ts';
import { createProject } from './project.ts';

test('follows a run to its end and prints what came out, the file first', async () => {
  const { cli } = await createProject(all);
  const { exit, out, err } = await cli('start greeting --who world');
  expect(exit).toBe(0);
  expect(out).toMatch(
    /^✓ completed {2}greeting v1 .*\n {2}receipt_file {2}→ out\/GREETING.yaml\n {2}text {10}hello world\n$/,
  );
  expect(err).toContain('✓ greet completed');
  expect(err).toMatch(/workflow replay \w{13}\n/);
});

test('reads typed flags, with dashes for underscores, from the definition file', async () => {
  const { cli } = await createProject(all);
  const { exit, out } = await cli(
    'start definitions/greeting.yaml --who=x --loud --how-often 3 -i json=yes --json',
  );
  expect(exit).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    apiVersion: '3ox/v1',
    kind: 'Run',
    outcome: 'completed',
    input: { who: 'x', loud: true, how_often: 3, json: 'yes' },
    outputs: expect.arrayContaining([{ name: 'receipt_file', value: 'out/GREETING.yaml', isFile: true }]),
  });
});

test.each([
  ['a missing input', 'start greeting', 2, 'input.missing', '--who'],
  ['a mistyped flag', 'start greeting --whoo x', 2, 'usage.unknown-flag', 'did you mean --who?'],
  ['a flag without its value', 'start greeting --who', 2, 'usage.missing-value', '--who'],
  ['a value of another type', 'start greeting --who x --how_often many', 2, 'input.mistyped', '--how_often'],
  [
    'a secret as a flag',
    'start greeting --who x --token abc',
    2,
    'input.secret-flag',
    'WORKFLOW_INPUT_TOKEN',
  ],
  ['an unknown definition', 'start greetin --who x', 4, 'definition.not-found', 'did you mean "greeting"?'],
  [
    'an unknown file',
    'start definitions/gretting.yaml',
    4,
    'definition.not-found',
    'definitions/greeting.yaml',
  ],
  ['no definition', 'start --who x', 2, 'usage.definition', 'before --who'],
  ['a time that is none', 'start greeting --who x --timeout 5', 2, 'usage.timeout', 'write 5s'],
  ['an input file that is not there', 'start greeting --input none.json', 2, 'input.unreadable', 'none.json'],
  ['JSON for a file', 'start greeting --input {"who":"x"}', 2, 'input.unreadable', '`--input -` for stdin'],
  ['a file as curl takes it', 'start greeting --input @a.json', 2, 'input.unreadable', 'try: --input a.json'],
  ['waiting and not waiting', 'start greeting --who x --wait --detach', 2, 'usage.flags', '--detach'],
])('refuses %s and starts nothing', async (_what, line, exit, code, text) => {
  const { app, cli } = await createProject(all);
  const ran = await cli(line);
  expect(ran).toMatchObject({ exit, out: '' });
  expect(ran.err).toContain(`[${code}]`);
  expect(ran.err).toContain(text);
  const runs: unknown[] = [];
  for await (const last of app.journal.lastOfEach()) runs.push(last);
  expect(runs).toEqual([]);
});

test('refuses a definition with all that is wrong with it, with line and caret', async () => {
  const broken =
    'workflow:\n  id: broken\n  version: 1\n  tasks:\n    - { id: a, uses: notify, timeot: 5s }\n    - { id: a, depends_on: b, uses: notify }\n';
  const { cli } = await createProject({ 'definitions/broken.yaml': broken });
  const { exit, err } = await cli('start broken');
  expect(exit).toBe(2);
  expect(err).toContain('definitions/broken.yaml:5:');
  expect(err).toContain('did you mean "timeout"?');
  expect(err).toContain('^');
});

test('errors are JSON on stderr with --json, and stdout stays empty', async () => {
  const { cli } = await createProject(all);
  const { out, err } = await cli('start greeting --json');
  expect(out).toBe('');
  expect(JSON.parse(err)).toMatchObject({
    apiVersion: '3ox/v1',
    error: { code: 'input.missing', retryable: false },
  });
});

test('takes inputs from a file, from stdin and secrets from the environment, and shows no secret', async () => {
  const { cli } = await createProject({ ...all, 'in.json': '{"who": "file"}' });
  const fromFile = await cli('start greeting --input in.json --json');
  expect(JSON.parse(fromFile.out)).toMatchObject({ input: { who: 'file' } });
  const fromStdin = await cli('start greeting --input - --who flag --json', {
    input: '{"who": "stdin", "how_often": 2}',
  });
  expect(JSON.parse(fromStdin.out)).toMatchObject({ input: { who: 'flag', how_often: 2 } });
  const env = { USER: 'ana', WORKFLOW_INPUT_TOKEN: 's3cret' };
  const fromEnv = await cli('start greeting --who x --json', { env });
  expect(JSON.parse(fromEnv.out)).toMatchObject({ input: { token: '[hidden]' } });
  expect(fromEnv.out + (await cli('history @last --json')).out).not.toContain('s3cret');
});

test('asks a person on a terminal for what is missing', async () => {
  const { cli } = await createProject(all);
  const asked: string[] = [];
  const prompt = (question: string): Promise<string> => {
    asked.push(question);
    return Promise.resolve('typed');
  };
  const { exit, out } = await cli('start greeting', { prompt });
  expect(exit).toBe(0);
  expect(out).toContain('hello typed');
  expect(asked).toEqual(['who (string: whom to greet): ']);
  expect((await cli('start greeting --no-input', { prompt })).exit).toBe(2);
});

test('stops when only a person can move the run, and says with which commands', async () => {
  const { cli } = await createProject(all);
  const { exit, err } = await cli('start approval');
  expect(exit).toBe(6);
  expect(err).toMatch(/workflow approve \w{13} ask\n/);
  expect(err).toMatch(/workflow reject \w{13} ask --comment/);
});

test('a failed run says why in its first line, with the expression', async () => {
  const { cli } = await createProject(all);
  const { exit, out } = await cli('start failing');
  expect(exit).toBe(1);
  expect(out.split('\n')[0]).toMatch(/^✗ calc failed, attempt 1 of 1: expression\.\S+: .*10 \/ 0/);
});

test('--detach prints the run and says what has to run for it to go on', async () => {
  const { cli } = await createProject(all);
  const { exit, out, err } = await cli('start slow --detach');
  expect(exit).toBe(0);
  expect(out).toMatch(/^\w{26}\n$/);
  expect(err).toContain('workflow serve');
});

test('--timeout stops following with 124; the run is safe', async () => {
  const { cli } = await createProject(all);
  const { exit, err } = await cli('start slow --timeout 300ms');
  expect(exit).toBe(124);
  expect(err).toContain('the run is safe');
  expect((await cli('list --json')).out).toContain('"RUNNING"');
});

test('an interrupt lets the run be, says how to resume it, and exits with 130', async () => {
  const { cli } = await createProject(all);
  let interrupt = (): void => {};
  let err = '';
  const { exit } = await cli('start slow', {
    onInterrupt: (callback) => {
      interrupt = callback;
      return () => {};
    },
    stderr: (text) => {
      err += text;
      if (text.includes('nap running')) interrupt();
    },
  });
  expect(exit).toBe(130);
  expect(err).toMatch(/the run is safe.*\n {2}workflow resume \w{13}\n/);
  expect((await cli('list --json')).out).toContain('"RUNNING"');
});

test('lists the inputs of a definition with their types and defaults', async () => {
  const { cli } = await createProject(all);
  const { exit, out } = await cli('start greeting --help');
  expect(exit).toBe(0);
  expect(out).toMatch(/--who +string +required +whom to greet/);
  expect(out).toMatch(/--how_often +integer +1/);
  expect(out).toMatch(/-i json= +string +"no"/);
  expect(out).toContain('WORKFLOW_INPUT_TOKEN');
});
