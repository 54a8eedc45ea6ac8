// `workflow emit` and `workflow events`: what is published, and what a person and a program learn of what became of it.
// Method: the commands over a desk that the test plays; what an engine makes of events is tested with the engine.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { EventEffect } from '../../events/event-outcome.ts';
import { effectText } from '../../src/projections/task/effect-text.ts';
import { lead, outcome, play } from './events-world.ts';

test('emit publishes a CloudEvent with an id of its own, from whom it is, as of now', async () => {
  const { cli, emitted } = await play();
  const { exit, out, err } = await cli([
    'emit',
    'lead_qualification',
    '--data',
    '{"score": 80}',
    '--as',
    'bo c',
  ]);
  expect(exit).toBe(0);
  expect(emitted).toEqual([
    {
      as: 'bo c',
      event: {
        specversion: '1.0',
        id: expect.stringMatching(/^[0-9A-Z]{26}$/),
        source: '/cli/bo%20c',
        type: 'lead_qualification',
        time: '2026-01-31T09:00:00.000Z',
        datacontenttype: 'application/json',
        data: { score: 80 },
      },
    },
  ]);
  expect(out).toContain(`id ${emitted[0]?.event.id}`);
  expect(out).toContain('namespace test');
  expect(err).toContain('events list --type lead_qualification');
});

test('emit takes what is said: id, source, subject, time; data from a file or from stdin', async () => {
  const { cli, emitted, folder } = await play();
  const said = [
    '--id',
    'e-1',
    '--source',
    '/crm',
    '--subject',
    'lead/7',
    '--at',
    '2026-01-31T10:00:00+02:00',
  ];
  await writeFile(join(folder, 'lead.json'), '\uFEFF{"from": "file"}');
  expect(await cli(['emit', 'a.b', ...said, '--data', '@lead.json'])).toMatchObject({ exit: 0 });
  expect(await cli(['emit', 'a.b', '--data', '-'], '[1]')).toMatchObject({ exit: 0 });
  expect(await cli(['emit', 'a.b'])).toMatchObject({ exit: 0 });
  expect(emitted.map(({ event }) => event)).toMatchObject([
    {
      id: 'e-1',
      source: '/crm',
      subject: 'lead/7',
      time: '2026-01-31T08:00:00.000Z',
      data: { from: 'file' },
    },
    { source: '/cli/ana', data: [1] },
    { type: 'a.b' },
  ]);
  expect(emitted[2]?.event).not.toHaveProperty('data');
});

test.each([
  [['emit', 'order paid'], 'usage.event-type'],
  [['emit', 'order.*'], 'usage.event-type'],
  [['emit', 'a', '--data', '{x'], 'usage.data'],
  [['emit', 'a', '--data', '@nowhere.json'], 'usage.data'],
  [['emit', 'a', '--at', 'noon'], 'usage.at'],
  [['emit', 'a', '--at', '2026-02-30'], 'usage.at'],
  [['emit', 'a', '--at', '2026-02-29T09:00:00Z'], 'usage.at'],
  [['emit', 'a', '--id', ''], 'usage.id'],
  [['emit', 'a', '--wait', '--timeout', '5'], 'usage.timeout'],
  [['events', 'show', 'first'], 'usage.position'],
  [['events', 'list', '--since', 'monday'], 'usage.since'],
  [['events', 'list', '--since', '2026-04-31'], 'usage.since'],
  [['events', 'list', '--status', 'lost'], 'usage.command-line'],
])('%j is refused: %s', async (args, code) => {
  const { cli, emitted } = await play();
  expect(await cli(args)).toMatchObject({ exit: 2, err: expect.stringContaining(`[${code}]`) });
  expect(emitted).toEqual([]);
});

test('who may not emit is told so, and nothing is published', async () => {
  const { cli } = await play({
    refusal: { code: 'authority.level', message: 'bo is L3, and that needs L2' },
  });
  expect(await cli(['emit', 'a', '--as', 'bo'])).toMatchObject({
    exit: 1,
    out: '',
    err: expect.stringContaining('bo is L3'),
  });
});

test('emit --wait shows what became of the event, once an engine has dealt with it', async () => {
  const { cli, asked } = await play({
    outcomes: [outcome({ status: 'ignored' })],
    becomes: (event) => outcome({ event, position: 13 }),
  });
  const { exit, out } = await cli(['emit', 'lead_qualification', '--wait', '--id', 'e-1']);
  expect(exit).toBe(0);
  expect(out).toContain('taken  lead_qualification\n  leads/lead_qualification started run t123');
  expect(out).toMatch(/position +13/);
  expect(asked[0]).toMatchObject({ type: 'lead_qualification' });
  const refused = await play({ becomes: (event) => outcome({ event, status: 'refused', effects: [] }) });
  expect(await refused.cli(['emit', 'a', '--wait'])).toMatchObject({ exit: 1 });
});

test('emit --wait ends when nobody deals with the event, and says whether an engine is there', async () => {
  const alone = await play({ isAttended: false });
  expect(await alone.cli(['emit', 'a', '--wait'])).toMatchObject({
    exit: 3,
    err: expect.stringMatching(/no engine looks after triggers[\s\S]*\[engine.none\][\s\S]*workflow serve/),
  });
  expect(alone.emitted).toHaveLength(1);
  const busy = await play();
  expect(await busy.cli(['emit', 'a', '--wait', '--timeout', '2s'])).toMatchObject({
    exit: 124,
    err: expect.stringContaining('[wait.timeout]'),
  });
});

test('emit says that an event was published before, and that nothing new was stored', async () => {
  const { cli } = await play({ isKnown: true });
  const { exit, out, err } = await cli(['emit', 'a', '--id', 'e-1']);
  expect(exit).toBe(0);
  expect(out).toContain('was published already within the last ten minutes; nothing new was stored');
  expect(out).not.toContain('emitted');
  expect(err).toContain('events list --type a');
  const shown = JSON.parse((await cli(['emit', 'a', '--id', 'e-1', '--json'])).out);
  expect(shown).toMatchObject({ kind: 'EventEmitted', event: { id: 'e-1' }, stored: false });
  const first = await play();
  expect(JSON.parse((await first.cli(['emit', 'a', '--json'])).out)).toMatchObject({ stored: true });
});

test('emit --wait of an event that was published before shows what became of it, and waits for nothing', async () => {
  const open = await play({ isKnown: true });
  expect(await open.cli(['emit', 'a', '--wait', '--id', 'e-1'])).toMatchObject({
    exit: 0,
    out: expect.stringContaining('nothing new was stored'),
  });
  expect(open.asked).toHaveLength(1);
  const event = { ...lead, id: 'e-1', source: '/crm', type: 'other' };
  const dealt = await play({ isKnown: true, outcomes: [outcome({ event, type: 'other' })] });
  const again = ['emit', 'a', '--wait', '--id', 'e-1', '--source', '/crm'];
  expect(await dealt.cli(again)).toMatchObject({
    exit: 0,
    out: expect.stringContaining('taken  other'),
    err: expect.stringContaining('nothing new was stored'),
  });
  expect(JSON.parse((await dealt.cli([...again, '--json'])).out)).toMatchObject({
    kind: 'Event',
    type: 'other',
  });
});

test('emit --wait ends in time though the server answers no more, and says that the event is stored', async () => {
  const gone = await play({ hangsAt: 2 });
  expect(await gone.cli(['emit', 'a', '--wait', '--timeout', '2s', '--id', 'e-1'])).toMatchObject({
    exit: 124,
    err: expect.stringMatching(/\[wait.timeout\].*the event e-1 itself is stored/),
  });
});

test('events list shows what became of each event, for people and for programs', async () => {
  const dead = outcome({ position: 11, status: 'dead', text: 'no JSON\u0007', effects: [] });
  const { cli, asked } = await play({ outcomes: [outcome(), { ...dead, event: undefined }] });
  const { exit, out } = await cli([
    'events',
    '--limit',
    '1',
    '--status',
    'taken',
    '--since',
    '1h',
    '--type',
    'a',
  ]);
  expect(exit).toBe(0);
  expect(out.replace(/^ +/gm, '').replace(/ +/g, ' ')).toBe(
    'POSITION AT STATUS TYPE ID BY WHAT BECAME OF IT\n' +
      '12 now taken lead_qualification lead-7 leads/lead_qualification started run t123\n',
  );
  expect(asked).toEqual([
    { limit: 2, status: 'taken', type: 'a', sinceMs: Date.parse('2026-01-31T08:00:00Z') },
  ]);
  expect(JSON.parse((await cli(['events', '--json'])).out)).toMatchObject({
    kind: 'EventList',
    items: [
      { position: 12, effects: [{ kind: 'started' }] },
      { status: 'dead', text: 'no JSON\u0007' },
    ],
  });
});

test('events show tells all about one; of a position that nobody knows it says why that may be', async () => {
  const effects: readonly EventEffect[] = [
    { kind: 'already', definition: 'leads', trigger: 'lead_qualification', run: 't1' },
    {
      kind: 'ignored',
      definition: 'cold',
      trigger: 'lead',
      code: 'trigger.when',
      message: 'its condition is false',
    },
  ];
  const { cli } = await play({ outcomes: [outcome({ by: 'ana', effects: [...effects] })] });
  const { out } = await cli(['events', 'show', '12']);
  expect(out.split('\n').slice(0, 3)).toEqual([
    'taken  lead_qualification',
    '  leads/lead_qualification had started run t1 for the same key',
    '  ignored by cold/lead: its condition is false [trigger.when]',
  ]);
  expect(out).toContain('by          published as ana\n');
  expect(out).toContain('{"score":80}');
  expect(await cli(['events', 'show', '13'])).toMatchObject({
    exit: 4,
    err: expect.stringContaining('[event.not-found]'),
  });
});

test.each<[EventEffect, string]>([
  [{ kind: 'woke', run: 'r1', task: 'hold' }, 'woke hold of run r1'],
  [{ kind: 'woke', run: 'r1' }, 'woke run r1'],
  [
    { kind: 'decided', run: 'r1', task: 'ask', message: 'approve by ana' },
    'decided ask of run r1: approve by ana',
  ],
  [{ kind: 'refused', run: 'r1', code: 'a.b', message: 'no' }, 'refused by run r1: no [a.b]'],
  [
    { kind: 'ignored', message: 'no definition has a trigger for it' },
    'ignored: no definition has a trigger for it',
  ],
])('%j is read as %s', (effect, text) => {
  expect(effectText(effect)).toBe(text);
});
