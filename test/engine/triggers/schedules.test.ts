// Schedules start one run for each time that they are due, by their policies. Method: an engine on stores in memory, a
// clock that is moved by hand, and runs that stay open until somebody approves them.
import { expect, test } from 'vitest';
import { createKnownTriggers, type KnownTriggers } from '../../../src/engine/triggers/known-triggers.ts';
import { at, createScheduleWorld, definitionText, minuteMs } from './schedule-world.ts';

const allow = 'overlap: allow';

test('every minute has its run, with the time in its input and in its journal', async () => {
  const world = await createScheduleWorld();
  await world.register(
    definitionText(`${allow}, input: {when: "\${event.time}"}`, {
      input: 'properties: {when: {type: string}}',
    }),
  );
  world.tend();
  await world.pass(3 * minuteMs);
  expect(await world.runs()).toEqual([at('00:01'), at('00:02'), at('00:03')]);
  const [last] = await world.asking().list();
  expect((await world.asking().view(last?.run ?? '')).state).toMatchObject({
    input: { when: at('00:03') },
    trigger: { kind: 'cron', id: 'minutely', tick: at('00:03') },
  });
  expect(await world.state()).toMatchObject({
    counts: { fired: 3 },
    last: { tick: at('00:03'), run: last?.run },
  });
  expect(world.troubles).toEqual([]);
});

test('skip: what is due while the run before is going on is left out and counted', async () => {
  const world = await createScheduleWorld();
  await world.register(definitionText('overlap: skip'));
  world.tend();
  await world.pass(3 * minuteMs);
  expect(await world.runs()).toEqual([at('00:01')]);
  await world.approveAll();
  await world.pass(minuteMs);
  expect(await world.runs()).toEqual([at('00:01'), at('00:04')]);
  expect((await world.state())?.counts).toMatchObject({ fired: 2, skipped: 2 });
});

test('buffer: what is due while the run before is going on waits, and follows one after another', async () => {
  const world = await createScheduleWorld();
  await world.register(definitionText('overlap: buffer'));
  world.tend();
  await world.pass(3 * minuteMs);
  expect(await world.runs()).toEqual([at('00:01')]);
  for (const ticks of [2, 3]) {
    await world.approveAll();
    await world.pass(5_000);
    expect(await world.runs()).toHaveLength(ticks);
  }
  expect(await world.runs()).toEqual([at('00:01'), at('00:02'), at('00:03')]);
  expect((await world.state())?.counts).toMatchObject({ fired: 3, skipped: 0 });
});

test('what was due while nobody looked is made up for as far back as the schedule says, and else counted', async () => {
  const world = await createScheduleWorld();
  await world.register(definitionText(`${allow}, catchup: 3m`));
  const end = world.tend();
  await world.pass(minuteMs);
  await end();
  await world.pass(10 * minuteMs, minuteMs);
  expect(await world.runs()).toEqual([at('00:01')]);
  world.tend();
  await world.pass(1_000);
  expect(await world.runs()).toEqual(['00:01', '00:08', '00:09', '00:10', '00:11'].map(at));
  expect((await world.state())?.counts).toMatchObject({ fired: 5, missed: 6 });
});

test('a paused schedule starts nothing but what a person asks for, and goes on from when it is resumed', async () => {
  const world = await createScheduleWorld();
  await world.register(definitionText(allow));
  world.tend();
  const desk = world.desk();
  expect(await desk.pause({ trigger: 'minutely' }, { by: 'ana', reason: 'holidays' })).toBeUndefined();
  await world.pass(2 * minuteMs);
  expect(await world.runs()).toEqual([]);
  const asked = await desk.runNow({ trigger: 'minutely' }, { by: 'bo' });
  const again = await desk.runNow({ trigger: 'minutely' }, { by: 'ana' });
  await world.pass(2_000);
  const now = ['2026-01-01T00:02:00.001Z', '2026-01-01T00:02:00.002Z'];
  expect(await world.runs()).toEqual(now);
  expect(await world.starters()).toEqual(['bo', 'ana']);
  const there = (await world.asking().list()).map(({ run }) => ({ run }));
  expect(there).toEqual(expect.arrayContaining([asked, again]));
  expect(await desk.resume({ trigger: 'minutely' }, { by: 'ana' })).toBeUndefined();
  await world.pass(minuteMs);
  expect(await world.runs()).toEqual([...now, at('00:03')]);
  expect((await world.state())?.counts).toMatchObject({ fired: 3, paused: 2 });
});

test('a backfill starts the runs of former times one after another, each once however often it is asked for', async () => {
  const world = await createScheduleWorld();
  await world.register(
    definitionText('overlap: buffer, cron: "0 9 * * *"').replace("cron: '* * * * *', ", ''),
  );
  world.tend();
  const desk = world.desk();
  const range = { by: 'ana', fromMs: Date.parse('2025-12-28T09:00Z'), toMs: Date.parse('2025-12-29T23:00Z') };
  const ticks = ['2025-12-28T09:00:00.000Z', '2025-12-29T09:00:00.000Z'];
  expect(await desk.backfill({ trigger: 'minutely' }, range)).toEqual({ ticks });
  await world.pass(3_000);
  expect(await world.runs()).toEqual(ticks.slice(0, 1));
  await world.approveAll();
  await world.pass(3_000);
  expect(await world.runs()).toEqual(ticks);
  await world.approveAll();
  const wider = { ...range, fromMs: Date.parse('2025-12-27T09:00Z') };
  const tried = { ticks: ['2025-12-27T09:00:00.000Z', ...ticks], there: ticks };
  expect(await desk.tryBackfill({ trigger: 'minutely' }, wider)).toEqual(tried);
  expect(await desk.backfill({ trigger: 'minutely' }, range)).toEqual({ ticks });
  await world.pass(10_000);
  expect(await world.runs()).toEqual(ticks);
});

test('a start that is refused is counted and told, and the schedule goes on', async () => {
  const world = await createScheduleWorld();
  const input = 'properties: {n: {type: integer, maximum: 1}}';
  const spread = `${allow}, input: {n: "\${int(event.time.substring(15, 16))}"}`;
  await world.register(definitionText(spread, { input }));
  world.tend();
  await world.pass(2 * minuteMs);
  expect(await world.runs()).toEqual([at('00:01')]);
  expect(await world.state()).toMatchObject({
    counts: { fired: 1, refused: 1 },
    last: { tick: at('00:02'), refused: { code: 'trigger.input' } },
  });
  expect(world.troubles).toEqual([expect.stringContaining('reports/minutely could not start its run of')]);
});

test('what nobody can start now is told once and started later, as what it was', async () => {
  const world = await createScheduleWorld({ engine: false });
  await world.register(definitionText(allow));
  world.tend();
  await world.pass(2 * minuteMs);
  expect(await world.runs()).toEqual([]);
  expect(await world.state()).toMatchObject({ firing: { tick: at('00:01') } });
  expect(new Set(world.troubles).size).toBe(world.troubles.length);
  await (await world.join('one')).node.workOnAll();
  await world.pass(minuteMs);
  expect(await world.runs()).toEqual([at('00:01'), at('00:02'), at('00:03')]);
});

test('a higher version with other times counts from when it is registered', async () => {
  const world = await createScheduleWorld();
  await world.register(definitionText(allow));
  world.tend();
  await world.pass(minuteMs);
  await world.register(definitionText(allow, { version: 2 }).replace("'* * * * *'", "'*/5 * * * *'"));
  await world.pass(9 * minuteMs);
  expect(await world.runs()).toEqual([at('00:01'), at('00:05'), at('00:10')]);
});

test('an engine that comes anew and learns of a lower version first loses no time of the higher one', async () => {
  const world = await createScheduleWorld();
  await world.register(definitionText(allow).replace("'* * * * *'", "'*/5 * * * *'"));
  await world.register(definitionText(allow, { version: 2 }));
  const end = world.tend();
  await world.pass(minuteMs);
  await end();
  await world.pass(2 * minuteMs);
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const { definitions } = world;
  const higher = (await definitions.list()).find(({ ref }) => ref.version === 2);
  const known = createKnownTriggers({
    ...world,
    definitions: {
      ...definitions,
      byHash: async (hash) => {
        if (hash === higher?.ref.hash) await answered;
        return definitions.byHash(hash);
      },
      watch: async (onRegistered) => {
        for (const { ref } of await definitions.list()) {
          onRegistered(ref);
          // The lower one is known before the higher one is told of.
          await world.pass(0);
        }
      },
    },
    onTrouble: (error) => world.troubles.push(String(error)),
  });
  world.tend({ known });
  await world.pass(1_000);
  answer();
  await world.pass(1_000);
  expect(await world.runs()).toEqual(['00:01', '00:02', '00:03'].map(at));
  expect(world.troubles).toEqual([]);
});

test('a higher version that is being read holds the lower one back, and engines that wait for it can be stopped', async () => {
  const world = await createScheduleWorld();
  await world.register(definitionText(allow));
  const { definitions } = world;
  const known = createKnownTriggers({
    ...world,
    definitions: {
      ...definitions,
      byHash: async (hash) => {
        const stored = await definitions.byHash(hash);
        return stored?.ref.version === 2 ? new Promise(() => undefined) : stored;
      },
    },
    onTrouble: (error) => world.troubles.push(String(error)),
  });
  const end = world.tend({ known });
  await world.pass(minuteMs);
  await world.register(definitionText('overlap: skip', { version: 2 }));
  await world.pass(minuteMs);
  expect(await world.runs()).toEqual([at('00:01')]);
  await end();
});

test.each(['skip', 'buffer'])(
  '%s: a run that a person has started since hides none that goes on',
  async (overlap) => {
    const world = await createScheduleWorld();
    await world.register(definitionText(`overlap: ${overlap}`));
    world.tend();
    await world.pass(minuteMs);
    const desk = world.desk();
    const asked = await desk.runNow({ trigger: 'minutely' }, { by: 'ana' });
    await world.pass(5_000);
    const run = 'run' in asked ? asked.run : '';
    await world.asking().command(run, { kind: 'approve', task: 'ask', by: 'ana' }, 'ana');
    await world.pass(2 * minuteMs);
    expect(await world.runs()).toEqual([at('00:01'), '2026-01-01T00:01:00.001Z']);
  },
);

test('a schedule that is dropped and comes back at once is looked after on', async () => {
  const world = await createScheduleWorld();
  await world.register(definitionText(allow));
  const real = createKnownTriggers({
    ...world,
    onTrouble: (error) => world.troubles.push(String(error)),
  });
  const listeners = new Set<() => void>();
  let isDropped = false;
  const known: Pick<KnownTriggers, 'all' | 'onChange' | 'settled'> = {
    settled: real.settled,
    all: () => (isDropped ? [] : real.all()),
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  world.tend({ known });
  // Some of these moments lie between its last look and its end.
  for (let moment = 0; moment < 31; moment += 1) {
    await world.pass(minuteMs, minuteMs);
    expect(await world.runs()).toHaveLength(moment + 1);
    isDropped = true;
    tell();
    for (let turn = 0; turn < moment; turn += 1) await Promise.resolve();
    isDropped = false;
    tell();
  }
});
