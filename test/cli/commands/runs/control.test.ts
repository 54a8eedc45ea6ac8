// The commands that change a run: each goes on where the last one left it. Method: the real engine over the journal in
// memory; a task fails while a file is missing, and the test puts it there.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { controlled } from '../../control-definitions.ts';
import { createProject, type Project } from '../../project.ts';

test('retry goes on from the task that failed, and does again nothing that was done', async () => {
  const { cli, dir } = await failed();
  await writeFile(join(dir, 'gate'), '');
  expect(await cli('retry @last --reason mended --as bo')).toMatchObject({
    exit: 0,
    out: expect.stringContaining('✓ completed'),
    err: expect.stringMatching(/retried as bo\n(.*\n)*.*pass completed/),
  });
  const { tasks } = await shown(cli);
  expect(tasks).toMatchObject([{ attempt: 1 }, { id: 'pass', attempt: 2 }, { id: 'after' }]);
  expect(await cli('retry @last')).toMatchObject({ exit: 5, err: expect.stringContaining('run.not-failed') });
});

test('rerun with edited input keeps the other inputs, and history shows before and after', async () => {
  const { cli, dir } = await failed();
  await writeFile(join(dir, 'gate'), '');
  const ran = await cli('rerun @last --from greet --input who=bo --input count=2 --json');
  expect(JSON.parse(ran.out)).toMatchObject({
    outcome: 'completed',
    input: { who: 'bo', count: 2 },
    output: { said: 'hello bo' },
  });
  expect((await cli('history @last')).out).toContain('from greet: count 1 → 2, who "ana" → "bo"');
});

test('the input of the task alone can be edited, too', async () => {
  const { cli, dir } = await failed();
  await writeFile(join(dir, 'gate'), '');
  expect((await cli('rerun @last --from pass --task-input {"x":1}')).exit).toBe(0);
  expect((await cli('history @last')).out).toContain('input of pass: none → {"x":1}');
});

test.each([
  ['an input that there is not', '--input whom=bo', 'usage.unknown-input', 'did you mean "who"?'],
  ['an input of the wrong type', '--input count=many', 'input.mistyped', 'integer'],
  ['a secret', '--input-file secrets.json', 'input.secret-edit', 'stays as it was given'],
  ['an unknown name in a file', '--input-file other.json', 'input.unknown', 'no such input'],
])('rerun refuses %s before anything is changed', async (_what, flags, code, text) => {
  const { cli, dir } = await failed();
  await writeFile(join(dir, 'secrets.json'), '{"token":"x"}');
  await writeFile(join(dir, 'other.json'), '{"else":"x"}');
  const ran = await cli(`rerun @last --from greet ${flags}`);
  expect(ran).toMatchObject({ exit: 2, err: expect.stringContaining(`[${code}]`) });
  expect(ran.err).toContain(text);
  expect(await shown(cli)).toMatchObject({ status: 'FAILED' });
});

test.each(['rerun @last --from greet', 'fork @last --at 1'])(
  '%s with a wrong edit says what did not happen',
  async (line) => {
    const { cli, dir } = await failed();
    await writeFile(join(dir, 'other.json'), '{"else":"x"}');
    const { err } = await cli(`${line} --input-file other.json`);
    expect(err).toMatch(
      /the input does not fit; nothing was changed\n.*no such input.*\ntry: its inputs are .*\bwho\b/,
    );
    expect(err).not.toContain('start');
  },
);

test.each([
  ['skip @last pass', 5, 'run.closed'],
  ['complete @last greet --output {', 2, 'usage.output'],
  ['rerun @last --from after', 5, 'rerun.not-begun'],
  ['rerun @last', 2, 'usage.command-line'],
  ['fork @last --at 99', 4, 'fork.no-event'],
  ['fork @last --at none', 2, 'usage.at'],
  ['signal @last', 2, 'usage.signal'],
  ['retry', 2, 'usage.run'],
  ['retry @last --dry-run', 2, 'usage.flags'],
  ['cancel @last', 2, 'usage.confirm'],
])('%s is refused with exit code %i, and says why', async (line, exit, code) => {
  const { cli } = await failed();
  expect(await cli(line)).toMatchObject({ exit, out: '', err: expect.stringContaining(`[${code}]`) });
});

test('fork makes a new run of an old one, with other input, and leaves the old one as it is', async () => {
  const { cli, dir } = await failed();
  const before = await shown(cli);
  await writeFile(join(dir, 'gate'), '');
  const ran = await cli('fork @last --at 1 --input who=cy --reason again --json');
  const forked = JSON.parse(ran.out);
  expect(forked).toMatchObject({ outcome: 'completed', forkedFrom: { run: before.run, at: 1 } });
  expect(forked.run).not.toBe(before.run);
  expect((await cli(`show ${forked.run}`)).out).toContain(`forked from event 1 of run ${before.run}`);
  expect((await cli(`history ${forked.run}`)).out).toContain('who "ana" → "cy"');
  expect(await shown(cli, before.run)).toEqual(before);
});

test('a run waits for a signal of the right content, and then for a person', async () => {
  const { cli } = await waiting();
  expect((await cli('status @last')).out).toMatch(/paid +waiting +\S+ for the signal "paid"/);
  expect(await cli('signal @last paid --data {"seat":7} --id a --detach')).toMatchObject({ exit: 0 });
  expect((await cli('signal @last paid --data {"seat":12} --id a')).exit).toBe(5);
  const right = await cli('signal @last paid --data {"seat":12}');
  expect(right).toMatchObject({ exit: 6, out: expect.stringContaining('waiting') });
  expect(right.err).toMatch(/ {2}workflow complete \w{13} by_hand --output/);
  expect(await cli('complete @last by_hand --output {"ok":true}')).toMatchObject({ exit: 0 });
  expect((await cli('history @last')).out).toContain('"paid" kept: it is for none of the tasks that wait');
});

test('a task that there is not, or that is over, is neither skipped nor completed', async () => {
  const { cli } = await waiting();
  expect(await cli('skip @last nothing')).toMatchObject({
    exit: 4,
    err: expect.stringContaining('task.unknown'),
  });
  expect(await cli('complete @last book')).toMatchObject({
    exit: 5,
    err: expect.stringMatching(/\[task\.not-open\].*\n.*workflow status \w{13}/),
  });
});

test('skip lets a run go on without a task', async () => {
  const { cli } = await waiting();
  expect((await cli('skip @last paid --reason free')).exit).toBe(0);
  const { tasks } = await shown(cli);
  expect(tasks.find(({ id }: { id: string }) => id === 'paid')).toMatchObject({ status: 'SKIPPED' });
});

test('cancel has what was done undone before it says that it is over', async () => {
  const { cli } = await waiting();
  const ran = await cli('cancel @last --yes --reason late');
  expect(ran).toMatchObject({ exit: 0, out: expect.stringMatching(/^\w{26} cancelled \(event \d+\)\n$/) });
  expect(await shown(cli)).toMatchObject({ status: 'TERMINATED', undoing: { done: ['unbook'] } });
  const { out } = await cli('status @last');
  expect(out).toContain('the run was cancelled: late');
  expect(out).toContain('undone by   unbook');
});

async function failed(): Promise<Project> {
  const project = await createProject(controlled);
  expect((await project.cli('start gated --who ana')).exit).toBe(1);

  return project;
}

async function waiting(): Promise<Project> {
  const project = await createProject(controlled);
  expect((await project.cli('start waiting --detach')).exit).toBe(0);

  return project;
}

async function shown(cli: Project['cli'], run = '@last') {
  return JSON.parse((await cli(`show ${run} --json`)).out);
}
