// People are told of an approval by mail, by a server that lets nobody send without signing in over TLS. Method: a
// built engine, a real SMTP server with a certificate that the engine is told to trust.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { SMTPServer } from 'smtp-server';
import { expect, onTestFinished, test } from 'vitest';
import { openOperated } from './operated-station.ts';

const patient = { timeout: 40_000, interval: 100 };

async function certificate() {
  const folder = await mkdtemp(join(tmpdir(), 'mail-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
  ]);

  return { file: cert, key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
}

async function mailServer(tls: { readonly key: string; readonly cert: string }) {
  const [mails, logins]: [string[], string[]] = [[], []];
  const server = new SMTPServer({
    ...{ key: tls.key, cert: tls.cert },
    onAuth: ({ username = '', password = '' }, _session, done) => {
      logins.push(`${username}:${password}`);
      done(null, { user: username });
    },
    onData: async (stream, _session, done) => {
      mails.push(await text(stream));
      done();
    },
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => new Promise<void>((closed) => server.close(() => closed())));

  return { mails, logins, port: (server.server.address() as AddressInfo).port };
}

test('an approval that waits is told by mail, once, after signing in over TLS with a secret of the project', async () => {
  const tls = await certificate();
  const { mails, logins, port } = await mailServer(tls);
  const station = await openOperated(
    {
      'definitions/signed.yaml': `workflow:
  id: signed
  version: 1
  tasks: [{id: sign, type: HUMAN}]
`,
      'serve.yaml': `mail: {server: "smtp://localhost:${port}", from: ox@example.org, user: ox, password: SMTP_PASSWORD}
alerts: [{name: waits, on: approval_waiting, to: {mail: [ana@example.org, bob@example.org]}}]
`,
    },
    { NODE_EXTRA_CA_CERTS: tls.file, WORKFLOW_SECRET_SMTP_PASSWORD: 'open sesame' },
  );
  const engine = await station.engine();
  const answer = await engine.post('/api/v1/runs', { definition: 'signed', input: {} });
  const { run } = (await answer.json()) as { run: string };
  await expect.poll(() => mails.length, patient).toBe(1);

  expect(logins).toEqual(['ox:open sesame']);
  expect(mails[0]).toContain('To: ana@example.org, bob@example.org');
  expect(mails[0]?.replaceAll('=\r\n', '')).toContain(`${engine.url}/runs/${run}`);
  await engine.kill9();
  await engine.start();
  const other = await engine.post('/api/v1/runs', { definition: 'signed', input: {} });
  expect(other.status).toBe(201);
  await expect.poll(() => mails.length, patient).toBe(2);
}, 120_000);

test('whoever is asked for an approval gets a mail with a link that answers it once, also over a kill', async () => {
  const tls = await certificate();
  const { mails, port } = await mailServer(tls);
  const station = await openOperated(
    {
      'definitions/paid.yaml': `workflow:
  id: paid
  version: 1
  tasks: [{id: sign, type: HUMAN, name: Pay it, approvers: {names: [bob]}, show: {sum: "\${'5 EUR'}"}, remind: {every: 4s, max: 1}}]
`,
      'agents.yaml': `principals:
  - {name: ana, level: L0, mail: ana@example.org}
  - {name: bob, level: L3, mail: bob@example.org}
`,
      'serve.yaml': `mail: {server: "smtp://localhost:${port}", from: ox@example.org, user: ox, password: SMTP_PASSWORD}
`,
    },
    { NODE_EXTRA_CA_CERTS: tls.file, WORKFLOW_SECRET_SMTP_PASSWORD: 'open sesame', USER: 'ana' },
  );
  const engine = await station.engine();
  const answer = await engine.post('/api/v1/runs', { definition: 'paid', input: {} });
  expect(answer.status).toBe(201);
  const { run } = (await answer.json()) as { run: string };
  await expect.poll(() => mails.length, patient).toBe(1);
  const plain = (mails[0] ?? '').replaceAll('=\r\n', '').replaceAll('=3D', '=');
  expect(plain).toContain('To: bob@example.org');
  expect(plain).toContain('Approval asked: Pay it (paid)');
  expect(plain).toContain('sum: 5 EUR');

  await engine.kill9();
  await engine.start();
  await expect.poll(() => mails.length, patient).toBe(2);
  expect(mails[1]).toContain('Reminder 1: Pay it (paid)');
  const [, path = ''] = /https?:\/\/[^/\s]+(\/answer\/\S+)/.exec(plain) ?? [];
  const link = `${engine.url}${path}`;
  expect(await (await fetch(link)).text()).toContain('5 EUR');
  const form = () => fetch(link, { method: 'POST', body: new URLSearchParams({ decision: 'approve' }) });
  expect((await form()).status).toBe(200);
  expect((await form()).status).toBe(410);
  const page = await (await engine.get(`/api/v1/approvals/${run}/sign`)).json();
  expect(page).toMatchObject({ status: 'COMPLETED', grants: [{ by: 'bob' }] });
}, 120_000);
