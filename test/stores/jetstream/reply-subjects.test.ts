// Why engines have an account of their own (auth-conf.ts): the server looks at where a request goes, and not at where
// its answer is wanted. Method: one account, a user that may do nothing but read one stream, another stream that it
// must not write to. When this test fails the server has become stricter, and one account may be enough.
import { connect } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { startTestServer } from '../../support/nats.ts';

const conf = `jetstream {
}
authorization {
  users = [
    { user: admin, password: a }
    { user: reader, password: r, permissions: {
      publish: { allow: ["$JS.API.STREAM.INFO.BOOK"] }, subscribe: { allow: ["_INBOX.reader.>"] } } }
  ]
}
`;

test('within one account, whoever may ask for anything can have the answer stored anywhere', async () => {
  const server = await startTestServer({ conf });
  const servers = new URL(server.url).host;
  const admin = await connect({ servers, user: 'admin', pass: 'a' });
  const reader = await connect({ servers, user: 'reader', pass: 'r', inboxPrefix: '_INBOX.reader' });
  try {
    for (const [name, subject] of [
      ['BOOK', 'book.>'],
      ['JOURNAL', 'journal.>'],
    ])
      await admin.request(`$JS.API.STREAM.CREATE.${name}`, JSON.stringify({ name, subjects: [subject] }));
    await expect(reader.request('journal.forged', 'mine')).rejects.toThrow(/Permissions Violation/);
    reader.publish('$JS.API.STREAM.INFO.BOOK', '', { reply: 'journal.forged' });
    await reader.flush();

    const messages = async (): Promise<number> =>
      (await admin.request('$JS.API.STREAM.INFO.JOURNAL')).json<{ state: { messages: number } }>().state
        .messages;
    await expect.poll(messages).toBe(1);
  } finally {
    await reader.close();
    await admin.close();
    await server.stop();
  }
});
