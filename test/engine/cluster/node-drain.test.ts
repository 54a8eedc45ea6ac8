// What becomes of attempts under way when their run moves to another engine, by a drain, a fair share or a lost lease.
// Method: nodes as in node.test.ts, with handlers that end when the test says so and a list of every attempt begun.
import { expect, test } from 'vitest';
import type { NodeDeps } from '../../../src/engine/cluster/node.ts';
import type { Handler } from '../../../src/ports/work/handler.ts';
import { approval, createWorld, ended, settled, start } from '../node-world.ts';

function createStage() {
  const world = createWorld();
  const begun: string[] = [];
  const aborted: string[] = [];
  const open = new Map<string, () => void>();
  /** An engine whose attempts are ended by `end`. */
  const join = (name: string, planted: Partial<NodeDeps> = {}) => {
    const handler: Handler = ({ attemptKey: key, signal }) =>
      new Promise((resolve, reject) => {
        begun.push(`${name} ${key}`);
        let isOver = false;
        open.set(name, () => {
          isOver = true;
          resolve({ by: name });
        });
        signal.addEventListener('abort', () => {
          if (!isOver) aborted.push(`${name} ${key}`);
          reject(signal.reason);
        });
      });
    const performers = { find: () => ({ worker: name, handler }) };
    return world.join(name, { performers, concurrencyMax: 100, ...planted });
  };

  return { ...world, begun, aborted, join, end: (name: string) => open.get(name)?.() };
}

async function underWay() {
  const stage = createStage();
  const one = await stage.join('one');
  await one.node.workOnAll();
  const run = await start(one.workflows);
  await stage.asking().command(run, approval, 'ana');
  await expect.poll(() => stage.begun).toEqual([`one ${run}/after/1`]);

  return { ...stage, one, run, owner: async () => [...(await stage.leases.holders()).values()].map(nodeOf) };
}

const nodeOf = ({ node }: { readonly node: string }) => node;

test('an engine that drains records what was under way, begins nothing, and nothing is carried out twice', async () => {
  const { one, run, join, begun, aborted, end, owner, asking } = await underWay();
  const two = await join('two');
  await two.node.workOnAll();
  const other = await start(one.workflows);
  const drained = one.node.drain(10_000);
  await asking().command(other, approval, 'ana');
  await expect.poll(owner).toContain('two');
  await expect.poll(() => begun.at(-1)).toBe(`two ${other}/after/1`);
  end('one');
  await drained;
  await one.node.stop();
  end('two');

  expect(await ended(two.workflows, run)).toBe('COMPLETED by worker:one');
  expect(await ended(two.workflows, other)).toBe('COMPLETED by worker:two');
  expect(new Set(await owner())).toEqual(new Set(['two']));
  expect([begun.length, aborted.length]).toEqual([2, 0]);
});

test('what does not end in the time of a drain is left to another engine, which carries it out again', async () => {
  const { one, run, join, begun, aborted, end, clock } = await underWay();
  const two = await join('two');
  const drained = one.node.drain(1_000);
  await two.node.workOnAll();
  await settled();
  expect(aborted).toEqual([]);
  clock.advance(1_000);
  await drained;
  await one.node.stop();
  await expect.poll(() => begun.at(-1)).toBe(`two ${run}/after/1`);
  end('two');

  expect(await ended(two.workflows, run)).toBe('COMPLETED by worker:two');
  expect(aborted).toEqual([`one ${run}/after/1`]);
});

test('an engine that joins is given runs, but no attempt that is under way is ended for it', async () => {
  const { one, run, join, begun, aborted, end, owner } = await underWay();
  const others = await Promise.all(Array.from({ length: 20 }, () => start(one.workflows)));
  const two = await join('two');
  await two.node.workOnAll();
  await expect.poll(async () => (await owner()).filter((node) => node === 'two').length).toBeGreaterThan(16);
  expect(aborted).toEqual([]);
  end('one');

  expect(await ended(one.workflows, run)).toBe('COMPLETED by worker:one');
  for (const other of others) await two.workflows.command(other, approval, 'ana');
  await expect.poll(() => begun.length).toBe(21);
  expect(new Set(begun).size).toBe(21);
  expect(new Set(begun.map((each) => each.split(' ')[0]))).toEqual(new Set(['one', 'two']));
});

test('an engine whose leases grow old begins nothing until they are renewed', async () => {
  const stage = createStage();
  const one = await stage.join('one');
  await one.node.workOnAll();
  const run = await start(one.workflows);
  const renew = stage.leases.renew;
  stage.leases.renew = () => Promise.reject(new Error('no answer'));
  stage.clock.advance(stage.leases.ttlMs * 0.6);
  await settled();
  expect(await stage.asking().command(run, approval, 'ana')).toMatchObject({ ok: true });
  await settled();
  expect(stage.begun).toEqual([]);

  stage.leases.renew = renew;
  stage.clock.advance(stage.leases.ttlMs / 3);
  await expect.poll(() => stage.begun).toEqual([`one ${run}/after/1`]);
});

test('a command that comes while its run moves is answered by whoever has it then', async () => {
  const { one, run, join, asking, end, clock } = await underWay();
  const two = await join('two');
  await two.node.workOnAll();
  const stopped = one.node.drain(0).then(() => one.node.stop());
  const answer = asking().command(run, { kind: 'pauseRun' }, 'ana');
  for (let turn = 0; turn < 40; turn += 1) {
    clock.advance(50);
    await settled();
  }
  await stopped;

  expect(await answer).toMatchObject({ ok: true });
  end('two');
});
