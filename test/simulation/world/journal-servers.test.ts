// A store that loses what it acknowledged. Method: two processes that append, one of which a second server serves.
import { expect, test } from 'vitest';
import { createJournalServers } from './journal-servers.ts';
import { createStream } from './stream.ts';

function createStore() {
  const stream = createStream(() => 0);
  const apart: string[] = [];
  const servers = createJournalServers(stream, ({ run }) => void apart.push(run));
  const append = (name: string, run: string, after = 0) =>
    servers.of({ name }).publish({ run, id: `${run}/1`, body: `by ${name}`, after });

  return { stream, servers, append, apart };
}

test('a store that loses its end gives the positions again, and to a run that is gone the first one', () => {
  const { stream, append } = createStore();
  append('engine-1.1', 'run-a');
  append('engine-1.1', 'run-b');
  append('engine-1.1', 'run-a', 1);

  expect(stream.loseTail(2).map(({ position }) => position)).toEqual([3, 2]);
  expect(stream.length()).toBe(1);
  expect([...stream.runs()]).toEqual(['run-a']);
  expect(append('engine-2.1', 'run-b')).toMatchObject({ kind: 'ack', seq: 2 });
});

test('what a second server acknowledged is gone when it ends, and its positions were given twice', () => {
  const { stream, servers, append, apart } = createStore();
  append('engine-1.1', 'run-a');
  servers.divide(['engine-2']);
  expect(append('engine-2.1', 'run-a', 1)).toMatchObject({ kind: 'ack', seq: 2 });
  expect(append('engine-1.1', 'run-b')).toMatchObject({ kind: 'ack', seq: 2 });
  expect(servers.of({ name: 'engine-2.1' }).of('run-a')).toHaveLength(2);
  expect(stream.of('run-a')).toHaveLength(1);

  expect(servers.unite().map(({ run }) => run)).toEqual(['run-a']);
  expect(apart).toEqual(['run-a']);
  expect(servers.of({ name: 'engine-2.1' }).at(2)?.run).toBe('run-b');
});
