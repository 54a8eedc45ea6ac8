// A worker over HTTP is heard of while it waits for work or has some, and is forgotten when it is silent. Method: what
// is said to the engines, with a clock that is moved by hand.
import { expect, test } from 'vitest';
import type { Hello } from '../../../events/worker-protocol.ts';
import { createPollingWorkers } from '../../../src/http/work/polling-workers.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const ada = { agent: 'ada', worker: 'w', skills: ['paint'], capacity: 2, language: 'shell' };
const item = { agent: 'ada', worker: 'w', key: '01r/a/1' };

function open() {
  const clock = createManualClock();
  const said: Hello[] = [];
  let callRoll = (): void => undefined;
  const link = {
    hello: (hello: Hello) => void said.push(hello),
    onRollCall: (listener: () => void) => {
      callRoll = listener;
      return () => undefined;
    },
  };
  const workers = createPollingWorkers(link, clock);

  return { clock, said, workers, roll: () => callRoll() };
}

test('it says hello while it waits, every five seconds, and not after', () => {
  const { clock, said, workers } = open();
  const stop = workers.waits(ada);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatchObject({ ...ada, running: 0, utilisation: 0, everyMs: 5_000, leaving: false });
  clock.advance(10_000);
  expect(said).toHaveLength(3);
  stop();
  clock.advance(60_000);
  expect(said).toHaveLength(3);
});

test('what it has is counted until it ends, or nothing was heard of it for fifteen seconds', () => {
  const { clock, said, workers } = open();
  workers.waits(ada)();
  workers.has(item);
  expect(said.at(-1)).toMatchObject({ ...ada, running: 1, utilisation: 0.5 });
  workers.has({ ...item, key: '01r/b/1' });
  expect(said.at(-1)?.running).toBe(2);
  workers.ended(item);
  expect(said.at(-1)?.running).toBe(1);
  clock.advance(15_001);
  workers.waits(ada)();
  expect(said.at(-1)?.running).toBe(0);
});

test('a roll call is answered by those who are there, each once', () => {
  const { clock, said, workers, roll } = open();
  const stop = workers.waits(ada);
  workers.has({ ...item, worker: 'v' });
  said.length = 0;
  roll();
  expect(said.map(({ worker }) => worker)).toEqual(['w', 'v']);
  clock.advance(15_000);
  said.length = 0;
  roll();
  expect(said.map(({ worker }) => worker)).toEqual(['w']);
  stop();
});

test('one of whom nothing more is known works all the same', () => {
  const { said, workers } = open();
  workers.has(item);
  expect(said).toEqual([expect.objectContaining({ agent: 'ada', worker: 'w', capacity: 1, skills: [] })]);
});
