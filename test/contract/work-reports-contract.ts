import { expect, test } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import type { Hello, Report } from '../../events/worker-protocol.ts';
import { shardOf } from '../../machines/shard.ts';
import { never, type OpenWork, useWork, workItem } from './open-work.ts';

const item = workItem('run-1');
const shard = shardOf(item.run);
const started: Report = {
  kind: 'start',
  protocol: 1,
  run: item.run,
  task: item.task,
  attempt: 1,
  token: 't',
  worker: 'w',
};
const hello: Hello = {
  protocol: 1,
  worker: 'w-1',
  agent: 'CMD.BRIDGE',
  skills: ['ü', 'weld'],
  level: 'L3',
  capacity: 4,
  running: 1,
  utilisation: 0.25,
  language: 'python',
  host: 'here',
  pid: 7,
  startedAt: '2026-01-01T00:00:00.000Z',
  everyMs: 5_000,
  leaving: false,
};

/** What every transport of the worker protocol promises about what workers and engines say to each other. */
export function workReportsContract(open: () => Promise<OpenWork>): void {
  const work = useWork(open);

  test('brings a report to the owner of its run, with the agent that it came from, and the answer back', async () => {
    const { queue, link } = work.it;
    const heard: Json[] = [];
    const answer = { ok: true, deadline: '2026-01-01T01:00:00.000Z', heartbeatMs: 3_000 };
    await queue.serve(shard + 1, async () => ({ ok: false }));
    await queue.serve(shard, async (agent, report) => {
      heard.push([agent, report]);
      return answer;
    });
    const worker = await link();

    expect(await worker.report({ ...item, agent: 'CMD.BRIDGE' }, started, never)).toEqual(answer);
    // A report whose answer was lost on the way comes once more.
    for (const one of heard) expect(one).toEqual(['CMD.BRIDGE', started]);
  });

  test('keeps the answers to many reports apart', async () => {
    const { queue, link } = work.it;
    await queue.serve(shard, async (_, report) => ({ ok: true, deadline: (report as Report).worker }));
    const worker = await link();
    const names = Array.from({ length: 200 }, (_, index) => `w-${index}`);
    const answers = names.map((name) => worker.report(item, { ...started, worker: name }, never));

    expect(await Promise.all(answers)).toEqual(names.map((deadline) => ({ ok: true, deadline })));
  });

  test('tells again while nobody owns the run, and while the owner has no answer', async () => {
    const { queue, link } = work.it;
    const answer = (await link()).report(item, started, never);
    let times = 0;
    await queue.serve(shard, async () => {
      times++;
      if (times < 3) throw new Error('not yet');
      return { ok: true };
    });

    expect(await answer).toEqual({ ok: true });
    expect(times).toBeGreaterThanOrEqual(3);
  });

  test('tells whoever owns the run then', async () => {
    const { queue, other, link } = work.it;
    const naming = (deadline: string) => async (): Promise<Json> => ({ ok: true, deadline });
    const worker = await link();
    const stop = await queue.serve(shard, naming('first'));
    expect(await worker.report(item, started, never)).toMatchObject({ deadline: 'first' });
    await stop();
    await other.serve(shard, naming('second'));

    expect(await worker.report(item, started, never)).toMatchObject({ deadline: 'second' });
  });

  test('gives up when the signal aborts, for its reason', async () => {
    const { queue, link } = work.it;
    const worker = await link();
    const reason = new Error('enough');
    const unheard = new AbortController();
    const told = worker.report(item, started, unheard.signal);
    unheard.abort(reason);
    await expect(told).rejects.toBe(reason);
    const unanswered = new AbortController();
    await queue.serve(shard, async () => {
      unanswered.abort(reason);
      return new Promise<never>(() => undefined);
    });

    await expect(worker.report(item, started, unanswered.signal)).rejects.toBe(reason);
  });

  test('has engines hear who is there, and workers that they are asked', async () => {
    const { presence, link } = work.it;
    const heard: Hello[] = [];
    const stop = presence.onHello((one) => heard.push(one));
    const worker = await link();
    const silent = worker.onRollCall(() => worker.hello({ ...hello, worker: 'silent' }));
    silent();
    worker.onRollCall(() => worker.hello(hello));
    worker.hello({ ...hello, leaving: true });
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual([{ ...hello, leaving: true }]);
    presence.callRoll();
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual([{ ...hello, leaving: true }, hello]);
    stop();
    stop();
  });
}
