// What a namespace may use: runs under way, starts in a second, bytes. Method: the gate by itself, with measures and a
// clock of the test; who passes it is shown with a node and a journal in memory.
import { expect, test } from 'vitest';
import type { Quotas } from '../../machines/serve-file/served.ts';
import { createQuotas, type QuotaGate } from '../../src/engine/quotas.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { approval, createWorld, ended, start } from './node-world.ts';

const began = { ok: true, sequence: 1 } as const;

function world(quotas: Quotas, { engines = 1 }: { readonly engines?: number } = {}) {
  const clock = createManualClock();
  const used = { live: 0, bytes: 0, asked: 0, quotas };
  const gate = createQuotas({
    limits: async () => used.quotas,
    live: async () => {
      used.asked += 1;
      return used.live;
    },
    bytes: async () => used.bytes,
    engines: async () => engines,
    clock,
  });

  return { clock, used, gate, begin: (isThere = false) => startAt(gate, isThere) };
}

async function startAt(gate: QuotaGate, isThere: boolean): Promise<string> {
  const outcome = await gate.within(
    async () => began,
    async () => isThere,
  );

  return outcome.ok ? 'begun' : outcome.refusal.code;
}

test('as many runs are under way as the quota says, and another one may begin when one has ended', async () => {
  const { begin, used, clock } = world({ liveRuns: 3 });
  expect([await begin(), await begin(), await begin(), await begin()]).toEqual([
    ...['begun', 'begun', 'begun', 'quota.live-runs'],
  ]);
  used.live = 2;
  await clock.advance(200);

  expect([await begin(), await begin()]).toEqual(['begun', 'quota.live-runs']);
});

test('runs that are being begun at the same moment count', async () => {
  const { gate } = world({ liveRuns: 2 });
  let finish = (): void => undefined;
  const held = new Promise<typeof began>((resolve) => {
    finish = () => resolve(began);
  });
  const first = gate.within(
    () => held,
    async () => false,
  );
  const second = startAt(gate, false);
  await second;
  expect(await startAt(gate, false)).toBe('quota.live-runs');
  finish();

  expect([await first, await second]).toEqual([began, 'begun']);
});

test('a start that was refused or failed takes up no place', async () => {
  const { gate, begin } = world({ liveRuns: 1 });
  const there = async () => false;
  const refusal = { code: 'input.invalid', message: '' };
  await gate.within(async () => ({ ok: false, refusal }), there);
  await expect(gate.within(() => Promise.reject(new Error('gone')), there)).rejects.toThrow('gone');

  expect(await begin()).toBe('begun');
});

test('in a second as many begin as the quota says, over a while, and engines share it', async () => {
  const alone = world({ startsPerSecond: 4 });
  const five = async ({ begin }: typeof alone) => [
    ...[await begin(), await begin(), await begin(), await begin(), await begin()],
  ];
  expect(await five(alone)).toEqual(['begun', 'begun', 'begun', 'begun', 'quota.starts']);
  await alone.clock.advance(500);
  expect(await five(alone)).toEqual(['begun', 'begun', 'quota.starts', 'quota.starts', 'quota.starts']);

  const oneOfTwo = world({ startsPerSecond: 4 }, { engines: 2 });
  expect(await five(oneOfTwo)).toEqual(['begun', 'begun', 'quota.starts', 'quota.starts', 'quota.starts']);
});

test('no run begins while the server stores as much as the quota says, and runs begin again with less', async () => {
  const { begin, used, clock } = world({ bytes: 1_000 });
  used.bytes = 1_000;
  expect(await begin()).toBe('quota.bytes');
  used.bytes = 999;
  await clock.advance(6_000);

  expect(await begin()).toBe('begun');
});

test('what serve.yaml says now counts a moment later, and without quotas nothing is asked', async () => {
  const { begin, used, clock } = world({});
  used.live = 7;
  expect([await begin(), used.asked]).toEqual(['begun', 0]);
  used.quotas = { liveRuns: 1 };
  await clock.advance(2_000);

  expect(await begin()).toBe('quota.live-runs');
});

test('a run that was begun before is told so, whatever the quota says', async () => {
  const { begin, used } = world({ liveRuns: 1 });
  used.live = 1;

  expect([await begin(true), await begin(false)]).toEqual(['begun', 'quota.live-runs']);
});

test('what a run begins itself is never refused, a start from outside is, and a fork, too', async () => {
  const { join } = createWorld();
  let isFull = false;
  const refusal = { code: 'quota.live-runs', message: 'full' };
  const quotas: QuotaGate = { within: async (begin) => (isFull ? { ok: false, refusal } : begin()) };
  const { workflows } = await join('one', { quotas });
  const child = 'workflow: {id: child, version: 1, tasks: [{id: only, type: NOOP}]}';
  await start(workflows, child);
  const parent = `workflow:
  id: parent
  version: 1
  tasks:
    - { id: ask, type: HUMAN, wait_for_approval: true }
    - { id: call, type: SUB_WORKFLOW, workflow: child, depends_on: ask }
`;
  const run = await start(workflows, parent);
  isFull = true;
  await expect(start(workflows, child)).rejects.toThrow('full');
  expect(await workflows.fork({ run, at: 1, actor: 'ana' })).toMatchObject({ ok: false, refusal });
  await workflows.command(run, approval, 'ana');

  expect(await ended(workflows, run)).toContain('COMPLETED');
});
