// The commands about runs that exist: what they show, what they change, what they refuse. Method: the real engine
// over the journal in memory; runs are started by the command itself.
import { expect, test } from 'vitest';
import { listAsArchived } from './archived-lines.ts';
import { all } from './definitions.ts';
import { createProject, type Project } from './project.ts';

test('approve lets the run go on and follows it to its end', async () => {
  const { cli } = await waiting();
  const { exit, out, err } = await cli('approve @last ask --comment fine --as bo');
  expect(exit).toBe(0);
  expect(err).toContain('approved ask as bo');
  expect(out).toMatch(/^✓ completed {2}approval v1/);
});

test('approving twice is a conflict, and so is resuming what has ended', async () => {
  const { cli } = await waiting();
  await cli('approve @last ask');
  expect(await cli('approve @last ask')).toMatchObject({
    exit: 5,
    err: expect.stringContaining('[run.closed]'),
  });
  expect(await cli('resume @last')).toMatchObject({ exit: 5, err: expect.stringContaining('[run.closed]') });
});

test('reject fails the run and says who did it and why', async () => {
  const { cli } = await waiting();
  const { exit, out } = await cli('reject @last ask --as ana --comment no');
  expect(exit).toBe(1);
  expect(out.split('\n')[0]).toContain('ask failed, attempt 1 of 1: approval.denied: rejected by ana: no');
});

test.each([
  ['is retried', '', ['retry'], ['fork', 'start']],
  ['is not retried once what it did was undone', ', compensate: unbook', ['fork', 'start'], ['retry']],
])('a run that failed %s', async (_, undo, told, untold) => {
  const { cli } = await createProject({
    'definitions/booked.yaml': `workflow:
  id: booked
  version: 1
  tasks:
    - {id: book, type: TRANSFORM, output: {seat: 12}${undo}}
    - {id: unbook, type: NOOP${undo === '' ? ', depends_on: book' : ''}}
    - {id: end, type: TERMINATE, status: FAILED, depends_on: book}
`,
  });
  const { exit, err } = await cli('start booked');
  const hints = err.slice(err.indexOf('try next:'));

  expect(exit).toBe(1);
  for (const verb of told) expect(hints).toMatch(new RegExp(`workflow ${verb} `));
  for (const verb of untold) expect(hints).not.toMatch(new RegExp(`workflow ${verb} `));
});

test.each(['show', 'status'])('%s of a run that was undone prints how it is begun again', async (verb) => {
  const { cli } = await createProject({
    'definitions/booked.yaml': `workflow:
  id: booked
  version: 1
  input: { required: [city] }
  tasks:
    - {id: book, type: TRANSFORM, output: {seat: 12}, compensate: unbook}
    - {id: unbook, type: NOOP}
    - {id: end, type: TERMINATE, status: FAILED, depends_on: book}
`,
  });
  await cli('start booked --input -', { input: '{"city": "La Paz"}' });
  const { err } = await cli(`${verb} @last`);
  expect(err).toContain("workflow start booked -i 'city=La Paz'");
  expect(err).not.toContain('workflow retry');
});

test.each([
  ['a task that the run does not have', 'approve @last asking', 4, 'task.unknown'],
  ['a task that asks nobody', 'approve @last done', 5, 'approval.not-asked'],
  ['data that is not JSON', 'approve @last ask --data {x', 2, 'usage.data'],
  ['a run that does not exist', 'show 01zzz', 4, 'run.not-found'],
  ['ending a run without a word of consent', 'terminate @last', 2, 'usage.confirm'],
  ['a status that is none', 'list --status done', 2, 'usage.status'],
  ['a limit that is none', 'list --limit none', 2, 'usage.limit'],
  ['a replay of nothing', 'replay', 2, 'usage.run'],
])('refuses %s', async (_what, line, exit, code) => {
  const { cli } = await waiting();
  const ran = await cli(line);
  expect(ran).toMatchObject({ exit, out: '' });
  expect(ran.err).toContain(`[${code}]`);
  const asJson = await cli(`${line} --json`);
  expect(JSON.parse(asJson.err)).toMatchObject({ error: { code } });
});

test('pause holds a run until it is resumed', async () => {
  const { cli } = await waiting();
  expect(await cli('pause @last --reason lunch')).toMatchObject({
    exit: 0,
    out: expect.stringContaining('paused'),
  });
  expect((await cli('status @last')).out).toContain('the run is paused');
  expect((await cli('resume @last')).exit).toBe(6);
  expect(await cli('pause @last')).toMatchObject({ exit: 0 });
  expect(await cli('pause @last')).toMatchObject({
    exit: 5,
    err: expect.stringContaining('run.already-paused'),
  });
});

test('terminate asks a person, and takes no answer for no', async () => {
  const { cli } = await waiting();
  const asked = await cli('terminate @last', { prompt: () => Promise.resolve('') });
  expect(asked).toMatchObject({ exit: 2, err: expect.stringContaining('was not terminated') });
  expect((await cli('terminate @last', { prompt: () => Promise.resolve('y') })).exit).toBe(0);
  expect((await cli('status @last')).out).toContain('⊘ terminated');
});

test('status counts runs and names those that need someone', async () => {
  const { cli } = await waiting();
  await cli('start greeting --who x');
  const { out, err } = await cli('status');
  expect(out).toMatch(/✓ completed 1 {3}◇ needs approval 1|◇ needs approval 1 {3}✓ completed 1/);
  expect(err).toMatch(/^ {2}workflow approve \w{13} ask\n$/);
  expect(out).toMatch(/needs someone\nRUNS.*\n +1 +\w{13} .*approval v1.*ask: waiting for approval\n$/);
});

test('a paused run that needs someone has the command that resumes it', async () => {
  const { cli } = await waiting();
  await cli('pause @last');
  expect((await cli('status')).err).toMatch(/^ {2}workflow resume \w{13}\n$/);
});

test('a run that is not there is refused with what was likely meant, and the hint keeps to the project', async () => {
  const { cli, dir } = await waiting();
  const { exit, err } = await cli(`show @lst --project ${dir}`);
  expect(exit).toBe(4);
  expect(err).toContain('did you mean "@last"?');
  expect(err).toContain(`try: workflow list --project ${dir}`);
});

test('status of a run begins with why it waits', async () => {
  const { cli } = await waiting();
  const { out } = await cli('status @last');
  expect(out.split('\n')[0]).toContain('ask: waiting for approval by anyone');
});

test('list shows the latest change first, of the statuses asked for', async () => {
  const { cli } = await waiting();
  await cli('start greeting --who x');
  const { out } = await cli('list');
  expect(out.split('\n').map((line) => line.split(/ {2,}/)[2])).toEqual([
    'DEFINITION',
    'greeting v1',
    'approval v1',
    undefined,
  ]);
  const completed = JSON.parse((await cli('list --status completed --json')).out);
  expect(completed).toMatchObject({
    kind: 'RunList',
    total: 1,
    all: 2,
    counts: { COMPLETED: 1, NEEDS_APPROVAL: 1 },
    items: [{ status: 'COMPLETED', settled: 1, taskCount: 1 }],
  });
});

test('show has the input, every task and what came out', async () => {
  const { cli } = await createProject(all);
  await cli('start greeting --who world');
  const { out } = await cli('show @last');
  for (const part of ['who: world', '✓ greet completed', 'text: hello world', '⧗-', 'UTC'])
    expect(out).toContain(part);
});

test('history has every event with its number, times, type, who and transitions', async () => {
  const { cli } = await waiting();
  await cli('approve @last ask --as bo');
  const { out } = await cli('history @last');
  const rows = out.trimEnd().split('\n').slice(1);
  expect(rows).toHaveLength(2);
  expect(rows[1]).toMatch(
    /^ {2}2 {2}\d{4}-\S+Z {2}⧗-\d+\.\d+\.\d{4} {2}approval\.granted {2}ask {3}bo {3}ask: pending_approval → approved/,
  );
  const document = JSON.parse((await cli('history @last --json')).out);
  expect(document).toMatchObject({
    kind: 'History',
    events: [{ sequence: 1, type: 'run.started' }, { actor: 'bo' }],
  });
});

test('replay is exact, and exits with 7 when the journal is not what was written', async () => {
  const { cli, app } = await waiting();
  expect(await cli('replay @last')).toMatchObject({ exit: 0, out: expect.stringContaining('exact') });
  const [run = ''] = (await cli('list --json')).out.match(/(?<="run": ")\w+/) ?? [];
  const last = await app.journal.last(run);
  await app.journal.append({
    run,
    id: `${run}/2`,
    body: (last?.body ?? '').replace('"sequence":1', '"sequence":2').replace('/1"', '/2"'),
    after: last?.position ?? 0,
  });
  const differing = await cli('replay --all');
  expect(differing).toMatchObject({ exit: 7, out: expect.stringMatching(/differs\n {2}at event 2: /) });
  expect(JSON.parse((await cli(`replay ${run} --json`)).out)).toMatchObject({ differing: 1 });
});

test('all runs are replayed but those whose events are gone', async () => {
  const { cli, app } = await waiting();
  await cli('start approval');
  const [gone] = JSON.parse((await cli('list --json')).out).items;
  listAsArchived(app, gone.run);

  const { total, items } = JSON.parse((await cli('replay --all --json')).out);
  expect(total).toBe(1);
  expect(items[0].run).not.toBe(gone.run);
});

test('names a run by its beginning, and asks for more where that is not enough', async () => {
  const { cli } = await waiting();
  await cli('start approval');
  const ids = JSON.parse((await cli('list --json')).out).items.map(({ run }: { run: string }) => run);
  expect((await cli(`status ${ids[0].slice(0, 20)}`)).exit).toBe(0);
  expect(await cli('status 01')).toMatchObject({ exit: 2, err: expect.stringContaining('[run.ambiguous]') });
});

/** A project with one run that waits for a person. */
async function waiting(): Promise<Project> {
  const project = await createProject(all);
  expect((await project.cli('start approval')).exit).toBe(6);

  return project;
}
