// Who follows the journal hears that its connection was closed, and does not wait for another one for ever.
import { expect, test } from 'vitest';
import { JournalUnavailable } from '../../../src/ports/runs/journal.ts';
import { appendMany } from '../../contract/open-journal.ts';
import { startTestServer } from '../../support/nats.ts';
import { openJetStreamJournal } from './open-jetstream.ts';

test('following the journal ends with an error when the connection is closed', async () => {
  const server = await startTestServer();
  const { journal, close } = await openJetStreamJournal(server.url);
  const [position] = await appendMany(journal, 'alpha', { count: 1 });
  const { signal } = new AbortController();
  const messages = journal.watch({ after: 0, signal })[Symbol.asyncIterator]();
  expect((await messages.next()).value).toMatchObject({ position });
  const said = expect(messages.next()).rejects.toThrow(JournalUnavailable);
  await close();

  await said;
  await server.stop();
});
