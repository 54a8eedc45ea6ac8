// `workflow dev` tells of each save what is wrong, or what its run came to. Method: the command line over an engine in
// memory, where the test says what files there are; test/browser/terminal/dev.test.ts saves real ones.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import type { CliApp, CliIo, DevOptions } from '../../../src/cli/app.ts';
import { runCli } from '../../../src/cli/program/program.ts';
import { createProject } from '../project.ts';
import { createTestIo } from '../test-io.ts';

const hello = (word: string, input = '{properties: {who: {type: string, default: world}}}') => `workflow:
  id: hello
  version: 1
  input: ${input}
  tasks: [{id: greet, type: TRANSFORM, output: {said: "${word} \${workflow.input.who}"}}]
  output: {said: "\${greet.output.said}"}
`;
const asks = `workflow: {id: asks, version: 1, tasks: [{id: ok, type: HUMAN, approvers: {level: L3}}]}\n`;

/** `workflow dev` with these words, until the test interrupts it. */
function opened(files: Readonly<Record<string, string>>, ...words: readonly string[]) {
  return openedIn(files, {}, words);
}

type Planted = { readonly app?: Partial<CliApp>; readonly io?: Partial<CliIo> };

async function openedIn(
  files: Readonly<Record<string, string>>,
  planted: Planted,
  words: readonly string[] = [],
) {
  const { dir, app, cli } = await createProject(files);
  const io = createTestIo({ cwd: dir, ...planted.io });
  Object.assign(app, planted.app);
  let given: DevOptions | undefined;
  const session = await app.open({ projectDir: dir, engine: 'embedded' }, () => {});
  app.dev = async (options) => {
    given = options;
    await new Promise((resolve) => options.signal.addEventListener('abort', resolve));
  };
  const over = runCli(['dev', ...words], app, io);
  await expect.poll(() => given, { timeout: 20_000 }).toBeDefined();
  const options = given ?? expect.unreachable('dev was not called');
  const tell = async (...paths: readonly string[]): Promise<void> => {
    const found = await Promise.all(
      paths.map(async (file) => {
        const read = loadDefinition({ file, content: await readFile(join(dir, file), 'utf8') });
        return read.ok ? [{ loaded: read.loaded, file }] : [];
      }),
    );
    options.onFiles(found.flat());
  };

  return {
    cli,
    io,
    tell,
    agent: options.onAgent,
    ready: () => options.onReady(session.workflows),
    save: (file: string, text: string) => writeFile(join(dir, file), text),
    says: (text: string | RegExp) =>
      expect.poll(() => `${io.out()}${io.err()}`, { timeout: 20_000 }).toMatch(text),
    end: async () => {
      io.interrupt();
      const exit = await over;
      await session.close();
      return exit;
    },
  };
}

const file = 'definitions/hello.yaml';

test('nothing is started before something is saved; then each save is, and what came of it is told', async () => {
  const { tell, ready, save, says, io, end } = await opened({ [file]: hello('hi') });
  await tell(file);
  ready();
  await says(/✓ definitions\/hello\.yaml {2}hello v1, 1 task/);
  expect(io.err()).not.toContain('draft');

  await save(file, hello('good morning'));
  await tell(file);
  await says(/completed {2}hello v1[\s\S]*said {2}good morning world/);
  expect(await end()).toBe(0);
});

test('a save with an error is told with its place and the fix, and starts nothing', async () => {
  const { tell, ready, save, says, io, end } = await opened({ [file]: hello('hi') });
  await tell(file);
  ready();
  await says('hello v1, 1 task');
  await save(file, hello('hi').replace('tasks:', 'taks:'));
  await tell(file);
  await says(/definitions\/hello\.yaml:5:3 {2}error .*did you mean "tasks"\?/);
  expect(io.err()).not.toContain('draft');
  await end();
});

test('a draft gets the input of the last run, before that of the first case, before its defaults', async () => {
  const needs = '{required: [who], properties: {who: {type: string}}}';
  const { tell, ready, save, says, end, cli } = await opened({ [file]: hello('hi', needs) });
  await tell(file);
  ready();
  await says('hello v1, 1 task');
  await save(file, hello('hey', needs));
  await tell(file);
  await says(/hello is not started: .*who[\s\S]*workflow dev hello --<input>/);

  await save(
    'definitions/hello.test.yaml',
    'test: {cases: [{name: one, input: {who: Ada}, expect: {status: COMPLETED}}]}',
  );
  await save(file, hello('ho', needs));
  await tell(file);
  await says(/with the first case of definitions\/hello\.test\.yaml[\s\S]*said {2}ho Ada|said {2}ho Ada/);

  await save(file, hello('ahoy', needs).replace('version: 1', 'version: 2'));
  await tell(file);
  await says('said  ahoy Ada');
  await says(/with the input of 01/);
  expect(await cli('list --json')).toMatchObject({ exit: 0 });
  await end();
});

test('a definition that is named is started at once, with the inputs that are given, and no other is', async () => {
  const other = 'definitions/other.yaml';
  const files = { [file]: hello('hi'), [other]: hello('no').replace('id: hello', 'id: other') };
  const { tell, ready, says, io, end } = await opened(files, 'hello', '--who', 'Bob');
  await tell(file, other);
  ready();
  await says('said  hi Bob');
  expect(io.err()).not.toContain('other v1 draft');
  await end();
});

test('a name that no definition has is told of, with the one that was likely meant', async () => {
  const { tell, ready, says, end } = await opened({ [file]: hello('hi') }, 'helo');
  await tell(file);
  ready();
  await says('no definition without errors is called "helo"; did you mean "hello"?');
  await end();
});

test('the run of a draft that waits is told with what answers it, and cancelled by the next save', async () => {
  const asking = 'definitions/asks.yaml';
  const { tell, ready, save, says, end, cli } = await opened({ [asking]: asks });
  await tell(asking);
  ready();
  await says('asks v1, 1 task');
  // This engine registers what it starts: each draft needs a version of its own.
  for (const [at, id] of ['yes', 'sure'].entries()) {
    await save(asking, asks.replace('ok', id).replace('version: 1', `version: ${at + 2}`));
    await tell(asking);
    await says(new RegExp(`workflow approve \\w+ ${id}`));
  }
  const { items } = JSON.parse((await cli('list --json')).out);
  expect(items.map(({ status }: { readonly status: string }) => status)).toEqual(['RUNNING', 'TERMINATED']);
  await end();
});

test('an input that is too large for the journal goes on to the next draft, whole', async () => {
  const measured = (version: number) => `workflow:
  id: hello
  version: ${version}
  input: {required: [who], properties: {who: {type: string}}}
  tasks: [{id: greet, type: TRANSFORM, output: {letters: "\${size(workflow.input.who)}"}}]
  output: {letters: "\${greet.output.letters}"}
`;
  const { tell, ready, save, says, end, cli } = await opened({ [file]: measured(1) });
  expect((await cli(`start hello --who ${'x'.repeat(200_000)}`)).exit).toBe(0);
  await tell(file);
  ready();
  await says('hello v1, 1 task');
  await save(file, measured(2));
  await tell(file);
  await says(/hello v2 draft.*with the input of/);
  await says('letters  200000');
  await end();
});

test('what agents said is there still when a save has cleared the screen', async () => {
  const { tell, ready, agent, says, io, end } = await openedIn(
    { [file]: hello('hi') },
    { io: { stdoutIsTty: true, stderrIsTty: true } },
  );
  agent('GREETER', 'started, process 7');
  await tell(file);
  ready();
  await says('hello v1, 1 task');
  await says(/started, process 7[\s\S]*started, process 7/);
  expect(io.out()).toContain('\x1b[2J');
  await end();
});

test.each(['--port 7555', '--port=7555', '-p 7555'])(
  'workflow dev %s is told the flag that dev has, and starts nothing',
  async (words) => {
    const { cli } = await createProject({ [file]: hello('hi') });
    expect(await cli(`dev ${words}`)).toMatchObject({
      exit: 2,
      err: expect.stringMatching(
        /no flag (--port|-p); those of inputs come after[\s\S]*workflow dev --http 7555/,
      ),
    });
  },
);

test.each([
  ['nobody else uses it', false, 'stopped', 'everything has stopped'],
  ['others use it', false, 'in-use', 'the server goes on, because others use it'],
  ['it ran before', true, 'stopped', 'the server goes on, which ran before (workflow down'],
] as const)('at the end it is told what becomes of the server where %s', async (_where, isUp, end, told) => {
  let asked = 0;
  const app: Partial<CliApp> = {
    isUp: () => Promise.resolve(isUp),
    downUnlessUsed: () => {
      asked += 1;
      return Promise.resolve(end);
    },
  };
  const dev = await openedIn({ [file]: hello('hi') }, { app });
  expect(await dev.end()).toBe(0);
  expect(dev.io.err()).toContain(told);
  expect(asked).toBe(isUp ? 0 : 1);
});

test('a server that NATS_URL names is left alone, and told to go on', async () => {
  const env = { USER: 'ana', NATS_URL: 'nats://elsewhere' };
  const app = { downUnlessUsed: () => Promise.reject(new Error('it is not ours to stop')) };
  const { end, io } = await openedIn({ [file]: hello('hi') }, { io: { env }, app });
  expect(await end()).toBe(0);
  expect(io.err()).toContain('the server of NATS_URL goes on');
});
