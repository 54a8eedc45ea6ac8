// A watch that began at a time goes on behind the last message it told, not at that time again, when its server
// restarts.
import { expect, test } from 'vitest';
import { appendMany, positionsOf, take } from '../../contract/open-journal.ts';
import { startTestServer } from '../../support/nats.ts';
import { openJetStreamJournal } from './open-jetstream.ts';

test('tells each message once across a restart of the server, and that it has caught up once', async () => {
  const server = await startTestServer();
  const { journal, other, close } = await openJetStreamJournal(server.url);
  const early = await appendMany(journal, 'alpha', { count: 3 });
  let timesCaughtUp = 0;
  const onCaughtUp = (): void => {
    timesCaughtUp++;
  };
  const stop = new AbortController();
  const messages = journal.watch({ since: 0, signal: stop.signal, onCaughtUp })[Symbol.asyncIterator]();
  const next = async (): Promise<number> => (await messages.next()).value.position;
  const told = [await next(), await next(), await next()];

  await server.kill9();
  const waiting = next();
  await server.restart();
  const late = await appendMany(other, 'beta', { count: 2 });
  told.push(await waiting, await next());

  expect(told).toEqual([...early, ...late]);
  expect(timesCaughtUp).toBe(1);
  stop.abort();
  expect(positionsOf(await take(other.watch({ since: 0, signal: new AbortController().signal }), 5))).toEqual(
    told,
  );
  await close();
  await server.stop();
});
