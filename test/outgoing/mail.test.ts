// Alerts as mail. Method: a real SMTP server, which keeps what it is given and whom it lets sign in.
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { expect, onTestFinished, test } from 'vitest';
import type { MailServer } from '../../machines/serve-file/served.ts';
import { createAlertDelivery } from '../../src/outgoing/deliver.ts';
import type { Alert } from '../../src/ports/events/alert-delivery.ts';
import { startGroup } from '../../src/subprocess/process-group.ts';

const alert: Alert = {
  id: '5c1f0e9b',
  rule: 'waits',
  on: 'approval_waiting',
  subject: '01r sign',
  text: 'approval of sign in run 01r of päy waits',
  at: '2026-01-01T00:00:00.000Z',
  run: '01r',
  link: 'http://127.0.0.1:7420/runs/01r',
};
const to = ['ops@example.org', 'Ana <ana@example.org>'];

type Mail = { readonly from: string; readonly to: readonly string[]; readonly content: string };

async function mailServer(options: SMTPServerOptions = {}) {
  const mails: Mail[] = [];
  const logins: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: ({ address }, _session, done) =>
      done(address.startsWith('nobody') ? new Error('no such address') : undefined),
    onData: async (stream, { envelope }, done) => {
      const content = await text(stream);
      const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
      mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), content });
      done();
    },
    onAuth: ({ username = '', password = '' }, _session, done) => {
      logins.push(`${username}:${password}`);
      done(null, { user: username });
    },
    ...options,
  });
  // That a client goes away over a certificate is what some tests are about.
  server.on('error', () => undefined);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => new Promise<void>((closed) => server.close(() => closed())));
  const { port } = server.server.address() as AddressInfo;

  return { mails, logins, server: `smtp://localhost:${port}` };
}

function sender(mail: Omit<MailServer, 'from'> | undefined) {
  const delivery = createAlertDelivery({
    startGroup,
    projectDir: '.',
    secrets: { get: (name) => (name === 'SMTP_PASSWORD' ? 'open sesame' : undefined) },
    say: () => undefined,
    mailServer: () => (mail === undefined ? undefined : { from: '3OX <ox@example.org>', ...mail }),
  });

  return (whom: readonly string[] = to) => delivery.deliver(alert, { kind: 'mail', to: whom });
}

test('an alert is one mail to all that the rule names, with the same id whenever it is sent again', async () => {
  const { mails, server } = await mailServer();
  const send = sender({ server });
  await send();
  await send();

  expect(mails).toHaveLength(2);
  expect(mails[0]).toMatchObject({ from: 'ox@example.org', to: ['ops@example.org', 'ana@example.org'] });
  for (const { content } of mails) {
    expect(content).toContain('Message-ID: <5c1f0e9b@localhost>');
    expect(content).toContain('Auto-Submitted: auto-generated');
    expect(content).toMatch(/^Subject: =\?UTF-8\?Q\?=5Bwaits=5D_approval_of_sign/m);
    // A long line is folded as mail has it.
    expect(content.replaceAll('=\r\n', '')).toContain('http://127.0.0.1:7420/runs/01r');
  }
});

test('where the server takes it not for everybody, or is not there, it was not said', async () => {
  const { server } = await mailServer();
  await expect(sender({ server })(['ops@example.org', 'nobody@example.org'])).rejects.toMatchObject({
    code: 'alert.not-delivered',
    message: expect.stringContaining('nobody@example.org'),
  });
  await expect(sender({ server: 'smtp://localhost:1' })()).rejects.toMatchObject({
    code: 'alert.not-delivered',
    message: expect.stringContaining('smtp://localhost:1'),
  });
  await expect(sender(undefined)()).rejects.toThrow('names no mail server');
});

const login = { user: 'ox', password: 'SMTP_PASSWORD' };

test('a password is sent to nobody without TLS, nor under a certificate that nobody vouches for', async () => {
  const plain = await mailServer({ allowInsecureAuth: true });
  await expect(sender({ server: plain.server, ...login })()).rejects.toMatchObject({
    code: 'alert.not-delivered',
  });
  const unknown = await mailServer({ disabledCommands: [] });
  await expect(sender({ server: unknown.server, ...login })()).rejects.toThrow(/certificate/);
  const absent = { user: 'ox', password: 'NO_SUCH_SECRET' };
  await expect(sender({ server: plain.server, ...absent })()).rejects.toThrow('the secret NO_SUCH_SECRET');
  expect([...plain.logins, ...unknown.logins, ...plain.mails, ...unknown.mails]).toEqual([]);
});
