// Runs span stations: asked for as often as it takes, done once, and only as far as it is granted. Method: two engines
// with a journal each on one clock, and a wire between them that is cut, loses, doubles and delays.
import { expect, test } from 'vitest';
import { childRun } from '../../../machines/run/run.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { openTwoStages, type Station } from './two-stages.ts';

const inspect = `workflow:
  id: inspect
  version: 1
  input: {optional: [{n: 1}]}
  output: {doubled: "\${work.output.n * 2}"}
  tasks:
    - {id: work, uses: noop, input: {n: "\${workflow.input.n}"}}
`;
const calling = (rest = 'input: {n: 21}') => `workflow:
  id: calling
  version: 1
  tasks:
    - {id: call, type: SUB_WORKFLOW, workflow: inspect, station: hull, ${rest}}
`;
const nothing = { start: [], agents: [], skills: [], approvals: [] };
const may = { ...nothing, start: ['inspect'] };
const child = childRun('run-1', 'call', 1, 'bridge');

async function opened(text = calling(), granted: Parameters<typeof openTwoStages>[0]['may'] = may) {
  const definitions = { bridge: [text], hull: [inspect] };
  const world = await openTwoStages({ may: granted, definitions, secrets: { KEY: 'a-secret-of-bridge' } });
  const start = () =>
    world.bridge.stage().engine.startRun({ run: 'run-1', chart: chartOfText(text), input: {}, actor: 'ana' });

  return { ...world, start, ended: () => untilEnded(world.clock, world.bridge) };
}

/** Lets the time pass until the run has ended. */
async function untilEnded({ advance }: { readonly advance: (ms: number) => void }, side: Station) {
  for (let turns = 0; turns < 2_000; turns += 1) {
    const run = side.stage().runs.get('run-1');
    if (run?.state.endedAt !== undefined) return run.state;
    await settled();
    advance(100);
  }
  throw new Error(`it did not end: ${JSON.stringify(side.stage().runs.get('run-1')?.state.tasks)}`);
}

const settled = () => new Promise<void>((resolve) => void setImmediate(resolve));

test('a run is started on the other station and gives its output to the task', async () => {
  const { start, ended, hull } = await opened();
  await start();
  const { attempt, complete } = await hull.stage().attempt('work#1');
  expect(attempt).toMatchObject({ run: child, input: { n: 21 } });
  complete({ n: 21 });

  expect(await ended()).toMatchObject({ status: 'COMPLETED', tasks: { call: { output: { doubled: 42 } } } });
  expect(hull.stage().runs.get(child)?.state).toMatchObject({
    parent: { run: 'run-1', task: 'call', attempt: 1, station: 'bridge' },
    requesters: expect.arrayContaining(['ana']),
  });
});

test.each([
  [nothing, 'station.refused', 'may.start'],
  [{ ...may, level: 'L3' as const }, 'station.refused', 'authority.level'],
  [{ ...nothing, start: ['other'] }, 'station.refused', 'does not let bridge start "inspect"'],
])('what the receiving station does not grant fails the task: %j', async (granted, code, text) => {
  const { start, ended, hull } = await opened(calling(), granted);
  await start();

  expect(await ended()).toMatchObject({
    status: 'FAILED',
    error: { code, message: expect.stringContaining(text) },
  });
  expect(hull.stage().runs.size).toBe(0);
});

test('no secret leaves its station', async () => {
  const { start, ended, hull } = await opened(calling('input: {n: "${secrets.KEY}"}'));
  await start();

  expect(await ended()).toMatchObject({ status: 'FAILED', error: { code: 'station.secret-input' } });
  expect(hull.stage().runs.size).toBe(0);
});

test('what does not fit the definition there fails with what is wrong', async () => {
  const { start, ended } = await opened(calling('input: {m: 1}'));
  await start();

  expect(await ended()).toMatchObject({ status: 'FAILED', error: { code: 'child.bad-input' } });
});

test('a cut is waited out, at whatever moment, and the run is done once', async () => {
  for (let cutAt = 0; cutAt < 12; cutAt += 1) {
    const { start, ended, hull, wires, clock } = await opened();
    let said = 0;
    wires.fate = () => {
      said += 1;
      wires.isCut = said === cutAt;
      return { isLost: false, isDoubled: false, lateMs: 10 };
    };
    clock.after(20_000, () => {
      wires.isCut = false;
      wires.fate = () => ({ isLost: false, isDoubled: false, lateMs: 10 });
    });
    await start();
    void hull
      .stage()
      .attempt('work#1')
      .then(({ complete }) => complete({ n: 21 }));

    expect(await ended(), `cut at message ${cutAt}`).toMatchObject({ status: 'COMPLETED' });
    expect(hull.stage().begun).toEqual(['work#1']);
  }
});

test.each([0, 1_000, 2_000, 3_000, 4_000])(
  'a station that is back is asked at once, also %d ms later',
  async (lateMs) => {
    const { start, hull, bridge, wires, clock } = await opened();
    const pass = async (ms: number, isEnough = () => false) => {
      for (const end = clock.now() + ms; clock.now() < end && !isEnough(); ) {
        clock.advance(100);
        await settled();
      }
    };
    wires.isCut = true;
    await start();
    await pass(60_000 + lateMs);
    wires.isCut = false;
    const backAt = clock.now();
    await pass(10_000, () => hull.stage().begun.length > 0);

    expect(hull.stage().begun).toEqual(['work#1']);
    expect(clock.now() - backAt).toBeLessThanOrEqual(2_500);
    // The link is told of, not every run that waits for it.
    expect(bridge.stage().troubles).toEqual([]);
  },
);

test('a start that comes after it was given up starts nothing', async () => {
  const { start, bridge, hull, wires, clock, ended } = await opened();
  let said = 0;
  // Named, looked for, and the start held back for a minute.
  wires.fate = () => {
    said += 1;
    return { isLost: false, isDoubled: false, lateMs: said === 5 ? 60_000 : 0 };
  };
  await start();
  await bridge.stage().untilRun('run-1', ({ state }) => state.tasks['call']?.state === 'delegated');
  for (let turns = 0; turns < 5; turns += 1) await settled();
  await bridge.stage().engine.submit('run-1', { kind: 'cancelRun' }, { actor: 'ana' });
  expect(await ended()).toMatchObject({ status: 'TERMINATED' });
  clock.advance(120_000);
  await settled();

  expect(hull.stage().begun).toEqual([]);
});

test('nobody sees, ends or takes over a run that was not started for them', async () => {
  const { bridge, hull } = await opened();
  await hull.stage().engine.startRun({ run: child, chart: chartOfText(inspect), input: {}, actor: 'mia' });
  const parent = { run: 'run-1', task: 'call', attempt: 1 };
  const { hash } = chartOfText(inspect).ref;
  const asked = [
    { kind: 'look', run: child },
    { kind: 'end', run: child, how: 'terminate', reason: 'spite' },
    { kind: 'start', run: child, hash, input: {}, parent },
  ] as const;

  for (const request of asked) {
    expect(await bridge.links().ask('hull', request)).toMatchObject({
      ok: false,
      refusal: { code: 'station.run-taken' },
    });
  }
  const withReference = { n: { $blob: { digest: 'a', bytes: 1 } } };
  const other = {
    kind: 'start',
    run: childRun('run-2', 'call', 1, 'bridge'),
    hash,
    input: withReference,
    parent: { ...parent, run: 'run-2' },
  } as const;
  expect(await bridge.links().ask('hull', other)).toMatchObject({ refusal: { code: 'input.reserved' } });
});

const single = (task: string) => `workflow:
  id: calling
  version: 1
  tasks:
    - ${task}
`;
const weld = single('{id: weld-it, assigned_to: WELDER, station: hull, input: {plate: 7}, output: [seam]}');

test('a task for an agent of another station is done there, as a run of one task', async () => {
  const { start, ended, hull } = await opened(weld, { ...nothing, agents: ['WELDER'] });
  await start();
  const { attempt, complete } = await hull.stage().attempt('task_weld_it#1');
  expect(attempt).toMatchObject({ input: { plate: 7 } });
  complete({ seam: 'tight' });

  expect(await ended()).toMatchObject({
    status: 'COMPLETED',
    tasks: { 'weld-it': { output: { seam: 'tight' } } },
  });
  const [there] = [...hull.stage().runs.values()];
  expect(there?.chart.definition.id).toMatch(/^from-bridge-weld-it-[0-9a-f]{12}$/);
});

test.each([
  [weld, { ...nothing, agents: ['PAINTER'] }, 'may.agents does not name WELDER'],
  [weld.replace('assigned_to: WELDER', 'requires: [welding]'), { ...nothing, agents: ['*'] }, 'may.skills'],
  [single('{id: sign, type: HUMAN, station: hull, approvers: {names: [mia]}}'), nothing, 'may.approvals'],
  [single('{id: sign, type: HUMAN, station: hull}'), { ...nothing, approvals: ['mia'] }, 'it asks anybody'],
])('what agents and people there do not do for this station fails: %s', async (text, granted, why) => {
  const { start, ended, hull } = await opened(text, granted);
  await start();

  expect(await ended()).toMatchObject({
    status: 'FAILED',
    error: { code: 'station.refused', message: expect.stringContaining(why) },
  });
  expect(hull.stage().runs.size).toBe(0);
});

test('people of another station are asked there, and their answer comes back', async () => {
  const sign = single(
    '{id: sign, type: HUMAN, station: hull, input: {amount: 7}, show: [amount], approvers: {names: [mia]}, on_reject: continue}',
  );
  const { start, ended, hull } = await opened(sign, { ...nothing, approvals: ['mia'] });
  await start();
  const asked = await new Promise<string>((resolve) => {
    const look = setInterval(() => {
      const [run] = [...hull.stage().runs.values()];
      if (run?.state.tasks['task_sign']?.state !== 'pending_approval') return;
      clearInterval(look);
      resolve(run.state.run);
    }, 1);
  });
  expect(hull.stage().runs.get(asked)?.state.tasks['task_sign']?.names?.show).toEqual({ amount: 7 });
  const approve = { kind: 'approve', task: 'task_sign', by: 'mia', comment: 'fine' } as const;
  await hull.stage().engine.submit(asked, approve, { actor: 'mia' });

  expect(await ended()).toMatchObject({
    status: 'COMPLETED',
    tasks: { sign: { output: { decision: 'approved', by: 'mia' } } },
  });
});

test('a run pauses with the one that it works for, and goes on with it', async () => {
  const { start, bridge, hull, clock } = await opened();
  const reaches = async (status: string) => {
    for (let turns = 0; hull.stage().runs.get(child)?.state.status !== status; turns += 1) {
      if (turns > 300) throw new Error(`it is ${hull.stage().runs.get(child)?.state.status}, not ${status}`);
      clock.advance(100);
      await settled();
    }
  };
  await start();
  await reaches('RUNNING');
  await bridge.stage().engine.submit('run-1', { kind: 'pauseRun' }, { actor: 'ana' });
  await reaches('PAUSED');
  await bridge.stage().engine.submit('run-1', { kind: 'resumeRun' }, { actor: 'ana' });
  await reaches('RUNNING');

  expect([...(await hull.marks.all('paused-along'))]).toEqual([]);

  // It pauses with the other one, a person here has it go on and pauses it again: that pause is theirs.
  await bridge.stage().engine.submit('run-1', { kind: 'pauseRun' }, { actor: 'ana' });
  await reaches('PAUSED');
  await hull.stage().engine.submit(child, { kind: 'resumeRun' }, { actor: 'mia' });
  clock.advance(1);
  await hull.stage().engine.submit(child, { kind: 'pauseRun' }, { actor: 'mia' });
  await bridge.stage().engine.submit('run-1', { kind: 'resumeRun' }, { actor: 'ana' });
  for (let turns = 0; turns < 200; turns += 1) {
    clock.advance(100);
    await settled();
  }
  expect(hull.stage().runs.get(child)?.state.status).toBe('PAUSED');
  expect([...(await hull.marks.all('paused-along'))]).toEqual([]);
  await hull.stage().engine.submit(child, { kind: 'resumeRun' }, { actor: 'mia' });

  // What a person there paused is their business.
  await hull.stage().engine.submit(child, { kind: 'pauseRun' }, { actor: 'mia' });
  for (let turns = 0; turns < 200; turns += 1) {
    clock.advance(100);
    await settled();
  }
  expect(hull.stage().runs.get(child)?.state.status).toBe('PAUSED');
});

test('the mark of a pause goes when the run ends while it is paused', async () => {
  const { start, bridge, hull, clock } = await opened();
  const pass = async (isSo: () => Promise<boolean>) => {
    for (let turns = 0; !(await isSo()); turns += 1) {
      if (turns > 300) throw new Error(`not so: ${hull.stage().runs.get(child)?.state.status}`);
      clock.advance(100);
      await settled();
    }
  };
  const marked = async () => [...(await hull.marks.all('paused-along'))].length;
  const reached = (status: string) => async () => hull.stage().runs.get(child)?.state.status === status;
  await start();
  await pass(reached('RUNNING'));
  await bridge.stage().engine.submit('run-1', { kind: 'pauseRun' }, { actor: 'ana' });
  await pass(reached('PAUSED'));
  expect(await marked()).toBe(1);

  await hull.stage().engine.submit(child, { kind: 'terminateRun', reason: 'over' }, { actor: 'mia' });
  await pass(async () => (await marked()) === 0);
});
