// `workflow demo` up to where a server comes up: what there is to see, and what is refused. Method: the command line in
// a project; approvals over an engine in memory. test/e2e/demo.test.ts plays the demos.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadAgents } from '../../machines/agents/load-agents.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { demos } from '../../src/cli/demo/demos.ts';
import { makeDemoProject } from '../../src/cli/demo/make-project.ts';
import { answerApprovals } from '../../src/cli/demo/play.ts';
import { createInvocation } from '../../src/cli/invocation.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { all } from './definitions.ts';
import { createProject } from './project.ts';
import { createTestIo } from './test-io.ts';

test('demo without a name lists what there is to see', async () => {
  const { cli } = await createProject({});
  const { exit, out } = await cli('demo');
  expect(exit).toBe(0);
  const names = out.split('\n').flatMap((line) => line.match(/^[a-z]+-[a-z-]+/) ?? []);
  expect(names).toEqual(demos.map(({ name }) => name));
  expect(names).toEqual(expect.arrayContaining(['revenue-milestone', 'order-to-cash', 'release-train']));
  expect(JSON.parse((await cli('demo --json')).out)).toMatchObject({
    kind: 'DemoList',
    items: { length: 22 },
  });
});

test('demo refuses what it does not know, a folder that is used, and a server that is not its own', async () => {
  const { cli, dir } = await createProject({ 'used/a.txt': 'a', 'file.txt': '' });
  expect(await cli('demo revenue-milestones')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('did you mean "revenue-milestone"?'),
  });
  expect(await cli('demo revenue-milestone --into used')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('used is not empty'),
  });
  expect(await cli('demo revenue-milestone --into file.txt')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('file.txt is no folder'),
  });
  expect(await cli('demo revenue-milestone', { env: { NATS_URL: 'nats://127.0.0.1:4222' } })).toMatchObject({
    exit: 2,
    err: expect.stringContaining('unset NATS_URL'),
  });
  expect(await cli('demo revenue-milestone --ask')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('--ask needs a terminal'),
  });
  expect((await readdir(dir)).sort()).toEqual(['definitions', 'file.txt', 'used']);
});

test.each(demos.map((each) => [each.name, each]))(
  'the project of %s is complete: its definitions load, and all their agents are declared',
  async (_, { definitions }) => {
    const folder = join(await temporaryProject(), 'demo');
    await makeDemoProject(folder, { shown: 'demo', definitions });
    const loaded = loadAgents({
      file: 'agents.yaml',
      content: await readFile(join(folder, 'agents.yaml')),
    });
    const names = loaded.ok ? loaded.agents.map(({ name }) => name) : [];
    const programs = (await readdir(join(folder, 'agents'))).map((file) => file.replace('.mjs', ''));
    expect([...names].sort()).toEqual(programs.sort());
    for (const name of definitions) {
      const read = loadDefinition({ file: name, content: await readFile(join(folder, 'definitions', name)) });
      const { tasks = [] } = read.ok ? read.loaded.definition : {};
      const assigned = tasks.flatMap((task) =>
        task.type === 'SIMPLE' && task.performer.kind === 'agent' ? [task.performer.agent] : [],
      );
      expect(read.ok).toBe(true);
      expect(names).toEqual(expect.arrayContaining(assigned));
    }
  },
);

test.each(['new', 'empty'])(
  'a demo project that cannot be made is not half there, where its folder is %s',
  async (kind) => {
    const parent = await temporaryProject();
    const folder = join(parent, 'demo');
    if (kind === 'empty') await mkdir(folder);
    const before = await readdir(parent);
    const made = makeDemoProject(folder, { shown: 'demo', definitions: ['no-such.yaml'] });
    await expect(made).rejects.toMatchObject({
      code: 'usage.into',
      message: expect.stringContaining('demo could not be made (ENOENT); nothing was left behind'),
      fix: expect.stringContaining('--into'),
    });
    expect(await readdir(parent)).toEqual(before);
    if (kind === 'empty') expect(await readdir(folder)).toEqual([]);
  },
);

test.each([
  [undefined, 'says: approve', 'COMPLETED'],
  ['', 'says: approve', 'COMPLETED'],
  ['no', 'says: reject', 'FAILED'],
])('an approval is shown, and answered by whoever is asked (%j)', async (said, told, status) => {
  const project = await createProject(all);
  const { app, cli, dir } = project;
  await writeFile(
    join(dir, 'definitions/asks.yaml'),
    'workflow: {id: asks, version: 1, tasks: [{id: sign, name: Sign the plan, type: HUMAN, on_reject: fail}]}\n',
  );
  await cli('start asks --detach');
  const session = await app.open({ projectDir: dir, engine: 'embedded' }, () => {});
  onTestFinished(() => session.close());
  const io = createTestIo();
  const prompt = said === undefined ? undefined : () => Promise.resolve(said);
  const invocation = createInvocation(app, io, { color: 'never', project: dir });
  await answerApprovals({ invocation, workflows: session.workflows, prompt });
  expect(io.err()).toMatch(/Sign the plan[\s\S]*CMD.BRIDGE /);
  expect(io.err()).toContain(told);
  await expect
    .poll(async () => (await session.workflows.list()).map(({ head }) => head.status))
    .toEqual([status]);
});
