// `workflow schedules` and `workflow triggers`: what starts runs by itself, and who has stopped it. Method: the command
// line over the real desk on stores in memory; nobody looks after triggers, so that nothing changes by itself.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { createProject, type Project } from './project.ts';

const reports = `workflow:
  id: reports
  version: 3
  triggers:
    - { cron: '0 9 * * *', id: daily, timezone: Europe/Zurich }
    - { on: order.paid, when: event.data.total > 10 }
    - { file: 1N.3OX/*.csv, id: drop }
  tasks: [{ id: done, type: NOOP }]
`;
const other =
  "workflow:\n  id: other\n  version: 1\n  triggers: [{ cron: '*/5 * * * *', id: daily }]\n  tasks: [{ id: done, type: NOOP }]\n";
const principals = 'principals:\n  ana: { level: L1 }\n  bo: { level: L2 }\n';

async function projectWith(texts: readonly string[], files = {}): Promise<Project> {
  const project = await createProject(files);
  for (const text of texts) {
    const read = loadDefinition({ file: 'a.yaml', content: text });
    if (!read.ok) throw new Error(read.problems[0]?.message);
    await project.app.definitions.register({ ...read.loaded, file: 'a.yaml' });
  }

  return project;
}

const lines = (text: string) => text.split('\n').map((line) => line.replace(/ +/g, ' ').trim());

test('triggers list shows what each trigger starts on, and says that no engine looks after them', async () => {
  const { cli } = await projectWith([reports]);
  await cli('triggers pause drop --reason counting');
  const { exit, out, err } = await cli('triggers list');
  expect(exit).toBe(0);
  expect(lines(out)).toEqual([
    'TRIGGER DEFINITION KIND STARTS ON STATE',
    'daily reports v3 schedule 0 9 * * * Europe/Zurich active',
    'order.paid reports v3 event order.paid when event.data.total > 10 active',
    'drop reports v3 file 1N.3OX/*.csv paused by ana: counting',
    '',
  ]);
  expect(err).toContain('no engine looks after triggers now; start one: workflow serve');
});

test('schedules show has the rules of a schedule and its next ten times, as text and for programs', async () => {
  const { cli } = await projectWith([reports]);
  const { exit, out } = await cli('schedules show daily');
  expect(exit).toBe(0);
  expect(out).toContain('  cron        0 9 * * * Europe/Zurich');
  expect(out).toContain('  catch-up    what was missed for at most 1h');
  const shown = JSON.parse((await cli('schedules show daily --json')).out);
  expect(shown).toMatchObject({
    kind: 'Trigger',
    trigger: 'daily',
    rule: { cron: '0 9 * * *', overlap: 'skip' },
  });
  expect(shown.next).toHaveLength(10);
});

test('a name that several definitions have is asked for with the definition, and a wrong one is guessed', async () => {
  const { cli } = await projectWith([reports, other]);
  const both = await cli('schedules pause daily');
  expect(both).toMatchObject({ exit: 2, err: expect.stringContaining('other/daily, reports/daily') });
  expect(await cli('schedules pause other/daily')).toMatchObject({ exit: 0 });
  expect((await cli('schedules list')).out).toMatch(/daily +other v1 .*paused by ana/);
  expect(await cli('schedules resume reports/daily')).toMatchObject({ exit: 5 });
  const slip = await cli('schedules show other/dialy');
  expect(slip).toMatchObject({ exit: 4, err: expect.stringContaining('did you mean "other/daily"?') });
});

test('schedules pause and resume know schedules only, and tell the trigger of an event what to use', async () => {
  const { cli } = await projectWith([reports]);
  for (const line of ['schedules pause order.paid', 'schedules resume drop', 'schedules pause reports/drop'])
    expect([line, await cli(line)]).toEqual([
      line,
      expect.objectContaining({ exit: 4, err: expect.stringContaining('there is no schedule') }),
    ]);
  expect((await cli('triggers list')).out).not.toContain('paused');
  expect(await cli('triggers pause order.paid')).toMatchObject({ exit: 0 });
});

test('run-now is kept until an engine is there, and says so', async () => {
  const { cli } = await projectWith([reports]);
  const asked = await cli('schedules run-now daily');
  expect(asked).toMatchObject({
    exit: 3,
    err: expect.stringContaining('no engine looks after triggers now'),
  });
  const { out } = await cli('schedules show daily --json');
  expect(JSON.parse(out).schedule.waiting).toMatchObject([{ why: 'now', by: 'ana' }]);
});

test('a backfill takes days and times by the clock of the schedule, and refuses what is none or too much', async () => {
  const { cli } = await projectWith([reports, other]);
  const dry = await cli('schedules backfill reports/daily --from 2026-03-28 --to 2026-03-30 --dry-run');
  expect(dry).toMatchObject({ exit: 0, out: expect.stringContaining('3 runs of reports/daily') });
  expect(dry.err).toContain('3 runs would be started; nothing was changed');
  const days = await cli('schedules backfill reports/daily --from 2026-03-28 --to 2026-03-30 --json');
  expect(JSON.parse(days.out)).toMatchObject({
    dryRun: false,
    ticks: ['2026-03-28T08:00:00.000Z', '2026-03-29T07:00:00.000Z', '2026-03-30T07:00:00.000Z'],
  });
  const again = await cli(
    'schedules backfill reports/daily --from 2026-03-29 --to 2026-03-31 --dry-run --json',
  );
  expect(JSON.parse(again.out)).toMatchObject({ dryRun: true, ticks: { length: 3 }, there: { length: 2 } });
  const times = 'schedules backfill reports/daily --from 2026-01-05T09:00 --to 2026-01-06T08:59';
  expect(await cli(times)).toMatchObject({ exit: 0, out: expect.stringContaining('1 run of') });
  const none = await cli('schedules backfill reports/daily --from 2026-02-30');
  expect(none).toMatchObject({ exit: 2, err: expect.stringContaining('"2026-02-30" is no time') });
  const much = await cli('schedules backfill other/daily --from 2026-01-01 --to 2026-01-31');
  expect(much).toMatchObject({ exit: 2, err: expect.stringContaining('more than 1000 times') });
  const early = await cli('schedules backfill reports/daily --from 2099-01-01');
  expect(early).toMatchObject({ exit: 2, err: expect.stringContaining('was not due at any time') });
});

test('who stands too low changes no schedule and starts nothing', async () => {
  const { cli } = await projectWith([reports], { 'agents.yaml': principals });
  for (const line of ['pause daily', 'resume daily', 'run-now daily', 'backfill daily --from 2026-01-01']) {
    const refused = await cli(`schedules ${line} --as bo`);
    expect([line, refused.err]).toEqual([line, expect.stringMatching(/authority\.(level|domain)/)]);
  }
  expect(await cli('schedules pause daily --as ana')).toMatchObject({ exit: 0 });
});

test('triggers and schedules are listed page by page, each list with cursors of its own', async () => {
  const { cli } = await projectWith([reports, other]);
  const first = await cli('triggers list --limit 2 --json');
  const { next, total, items } = JSON.parse(first.out);
  expect({ total, count: items.length }).toEqual({ total: 4, count: 2 });
  const rest = JSON.parse((await cli(`triggers list --after ${next} --json`)).out);
  expect(rest).not.toHaveProperty('next');
  const named = [...items, ...rest.items].map(({ definition, trigger }) => `${definition.id}/${trigger}`);
  expect(named).toEqual(['other/daily', 'reports/daily', 'reports/order.paid', 'reports/drop']);
  expect((await cli('triggers list --limit 2')).err).toContain(
    '2 of 4; --limit <count> shows more, --after ',
  );

  const schedules = JSON.parse((await cli('schedules list --limit 1 --json')).out);
  expect(schedules).toMatchObject({ total: 2, items: [{ definition: { id: 'other' } }] });
  const second = JSON.parse((await cli(`schedules list --after ${schedules.next} --json`)).out);
  expect(second).toMatchObject({ total: 2, items: [{ definition: { id: 'reports' }, trigger: 'daily' }] });
  expect(JSON.parse((await cli('schedules list --limit 1 --all --json')).out).items).toHaveLength(2);
  expect(await cli('definitions list --after %')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('[usage.cursor]'),
  });
});
