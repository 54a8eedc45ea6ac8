// One command for many runs: what is changed is what was asked for, and nothing without consent. Method: the real
// engine over the journal in memory.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listAsArchived } from '../archived-lines.ts';
import { controlled } from '../control-definitions.ts';
import { createProject, type Project } from '../project.ts';

test('a dry run lists what would be changed, and changes nothing', async () => {
  const { cli } = await several();
  const dry = await cli('retry --where status=FAILED --dry-run');
  expect(dry).toMatchObject({ exit: 0, err: '2 of 3 runs fit; nothing was changed\n' });
  expect(dry.out.match(/gated v1/g)).toHaveLength(2);
  expect(await counts(cli)).toEqual({ FAILED: 2, RUNNING: 1 });
  expect(JSON.parse((await cli('retry --where status=FAILED --dry-run --json')).out)).toMatchObject({
    kind: 'ChangeReport',
    dryRun: true,
    total: 2,
  });
});

test('a run that was archived is left out of what is changed', async () => {
  const { cli, app } = await several();
  const [gone] = JSON.parse((await cli('list --where status=FAILED --json')).out).items;
  listAsArchived(app, gone.run);

  const { total, items } = JSON.parse((await cli('retry --where status=FAILED --dry-run --json')).out);
  expect(total).toBe(1);
  expect(items[0].run).not.toBe(gone.run);
});

test('another number of runs than was expected changes nothing', async () => {
  const { cli } = await several();
  expect(await cli('cancel --where status=FAILED,RUNNING --expect-count 2 --yes')).toMatchObject({
    exit: 5,
    out: '',
    err: expect.stringContaining('3 fit now, not the 2 that were expected; nothing was changed'),
  });
  expect(await counts(cli)).toEqual({ FAILED: 2, RUNNING: 1 });
});

test('without a terminal, consent has to be given beforehand', async () => {
  const { cli } = await several();
  expect(await cli('pause --where status=RUNNING')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('1 run fits; add --yes or --expect-count 1 to pause them'),
  });
  expect(await counts(cli)).toEqual({ FAILED: 2, RUNNING: 1 });
  expect((await cli('pause --where status=RUNNING --expect-count 1')).exit).toBe(0);
  expect(await counts(cli)).toEqual({ FAILED: 2, PAUSED: 1 });
});

test('a person on a terminal is asked once, and may say no', async () => {
  const { cli } = await several();
  const asked: string[] = [];
  const answer = (text: string) => (question: string) => {
    asked.push(question);
    return Promise.resolve(text);
  };
  expect((await cli('terminate --where status=RUNNING', { prompt: answer('n') })).exit).toBe(2);
  expect(await counts(cli)).toEqual({ FAILED: 2, RUNNING: 1 });
  expect((await cli('terminate --where status=RUNNING', { prompt: answer('y') })).exit).toBe(0);
  expect(await counts(cli)).toEqual({ FAILED: 2, TERMINATED: 1 });
  expect(asked).toHaveLength(2);
});

test('what is refused for one run does not keep the others from it, and shows in the exit code', async () => {
  const { cli, dir } = await several();
  await writeFile(join(dir, 'gate'), '');
  const ran = await cli('retry --where started>2026-01-01 --yes');
  expect(ran.exit).toBe(5);
  expect(ran.out.match(/✓ \w+ {2}retried \(event \d+\)/g)).toHaveLength(2);
  expect(ran.out).toMatch(/✗ \w+ {2}refused: the run is RUNNING.* \[run\.not-failed\]/);
  expect(ran.err).toContain('2 retried, 1 refused');
});

test('the report for programs has an entry for each run', async () => {
  const { cli } = await several();
  const report = JSON.parse((await cli('resume --where status=RUNNING --yes --json')).out);
  expect(report).toMatchObject({
    command: 'resume',
    total: 1,
    changed: 0,
    refused: 1,
    items: [{ ok: false, refusal: { code: 'run.not-paused' } }],
  });
});

test('a rerun of many edits the input of each, and a signal needs no run to be named', async () => {
  const { cli } = await several();
  expect((await cli('rerun --where status=FAILED --from greet --input count=7 --yes')).exit).toBe(0);
  const { items } = JSON.parse((await cli('list --where definition=gated --json')).out);
  for (const { run } of items) {
    const { input } = JSON.parse((await cli(`show ${run} --json`)).out);
    expect(input).toMatchObject({ count: 7, who: expect.stringMatching(/ana|bo/) });
  }
  expect(await cli('signal paid --where definition=waiting --data {"seat":12} --yes')).toMatchObject({
    exit: 0,
    out: expect.stringContaining('signal "paid" sent'),
  });
  expect((await cli('signal @last paid --where definition=waiting --yes')).exit).toBe(2);
});

test('no run that fits is no failure, and list finds by the same terms', async () => {
  const { cli } = await several();
  expect(await cli('cancel --where status=COMPLETED --yes')).toMatchObject({
    exit: 0,
    err: expect.stringContaining('no run fits'),
  });
  expect(JSON.parse((await cli('list --where definition=waiting --json')).out)).toMatchObject({
    total: 1,
  });
  expect((await cli('list --where definition=none')).err).toContain('none of the 3 runs is definition=none');
  expect((await cli('list --where states=FAILED')).err).toContain('did you mean "status"?');
});

/** Two runs that failed and one that waits. */
async function several(): Promise<Project> {
  const project = await createProject(controlled);
  for (const line of ['gated --who ana', 'gated --who bo', 'waiting --detach'])
    await project.cli(`start ${line}`);
  expect(await counts(project.cli)).toEqual({ FAILED: 2, RUNNING: 1 });

  return project;
}

async function counts(cli: Project['cli']) {
  return JSON.parse((await cli('status --json')).out).counts;
}
