import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CommandChannel } from '../../src/ports/runs/command-channel.ts';

export type OpenCommandChannel = {
  readonly asking: CommandChannel;
  /** The same channel as another process sees it. */
  readonly answering: CommandChannel;
  readonly close: () => Promise<void>;
};

const ana = { as: 'ana', timeoutMs: 10_000 };

/** What every implementation of the command channel promises. */
export function commandChannelContract(open: () => Promise<OpenCommandChannel>): void {
  let opened: OpenCommandChannel;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  test('brings a request to the owner of its shard, and the answer back', async () => {
    const { asking, answering } = opened;
    await answering.serve(7, async (request) => ({ shard: 7, request }));
    await answering.serve(8, async (request) => ({ shard: 8, request }));
    const request = { command: 'pause', note: 'Grüße\n"', list: [1, null, true] };

    expect(await asking.request(8, request, ana)).toEqual({ shard: 8, request });
  });

  test.each(['ana', 'CMD.BRIDGE', 'Zoë van den Berg <zoë@*.example>', 'a=2Eb', '%41', '>', ' ', 'engine'])(
    'tells the owner who asks: %j',
    async (as) => {
      const { asking, answering } = opened;
      await answering.serve(7, async (_request, asker) => asker.as);

      expect(await asking.request(7, 'who am I?', { ...ana, as })).toBe(as);
    },
  );

  test('keeps answers apart when many ask at once', async () => {
    const { asking, answering } = opened;
    await answering.serve(1, async (request) => request);
    const numbers = Array.from({ length: 200 }, (_, index) => index);

    expect(await Promise.all(numbers.map((one) => asking.request(1, one, ana)))).toEqual(numbers);
  });

  test('waits for an owner that comes later', async () => {
    const { asking, answering } = opened;
    const answer = asking.request(3, 'hello', ana);
    await answering.serve(3, async () => 'late but here');

    expect(await answer).toBe('late but here');
  });

  test('asks again when the owner could not answer', async () => {
    const { asking, answering } = opened;
    let times = 0;
    await answering.serve(3, async () => {
      times++;
      if (times < 3) throw new Error('not yet');

      return times;
    });

    // An answer that was lost on the way is asked for once more.
    expect(await asking.request(3, null, ana)).toBeGreaterThanOrEqual(3);
  });

  test('says after the given time that nobody owns the shard, or that the owner does not answer', async () => {
    const { asking, answering } = opened;
    const stop = await answering.serve(3, async () => 'never asked');
    await stop();
    await answering.serve(4, () => new Promise(() => undefined));

    for (const shard of [3, 4]) {
      await expect(asking.request(shard, null, { as: 'ana', timeoutMs: 120 })).rejects.toMatchObject({
        code: 'engine.none',
      });
    }
  });
}
