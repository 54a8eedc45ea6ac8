// Where alerts are said. Method: a real HTTP server that checks what comes as a receiver of webhooks does, and real
// commands.
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { createAlertDelivery } from '../../src/outgoing/deliver.ts';
import type { Alert } from '../../src/ports/events/alert-delivery.ts';
import { startGroup } from '../../src/subprocess/process-group.ts';

const alert: Alert = {
  id: 'the-id',
  rule: 'failed',
  on: 'run_failed',
  subject: '01r 7',
  text: 'run 01r of pay failed: paint.dry',
  at: '2026-01-01T00:00:00.000Z',
  run: '01r',
  link: 'http://127.0.0.1:7420/runs/01r',
};
const secrets: Readonly<Record<string, string>> = {
  CHAT: 'whsec_c2VjcmV0',
  PLAIN: 'as it is',
  EMPTY: 'whsec_',
};

async function bringUp() {
  const projectDir = await mkdtemp(join(tmpdir(), 'alerts-'));
  onTestFinished(() => rm(projectDir, { recursive: true, force: true }));
  const said: string[] = [];
  const delivery = createAlertDelivery({
    startGroup,
    projectDir,
    secrets: { get: (name) => secrets[name] },
    say: (message) => said.push(message),
  });

  return { projectDir, said, delivery };
}

async function receiver(status: number) {
  const got: { readonly request: IncomingMessage; readonly body: string }[] = [];
  const server = createServer(async (request, response) => {
    got.push({ request, body: await text(request) });
    response.writeHead(status, { location: 'http://127.0.0.1:1/elsewhere' }).end('thanks');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());

  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`, got };
}

test('the log gets one line with where to look', async () => {
  const { delivery, said } = await bringUp();
  await delivery.deliver(alert, { kind: 'log' });
  expect(said).toEqual(['alert failed: run 01r of pay failed: paint.dry  http://127.0.0.1:7420/runs/01r']);
});

test.each([
  ['CHAT', Buffer.from('secret')],
  ['PLAIN', 'as it is'],
])('a webhook is signed with %s as Standard Webhooks are', async (secret, key) => {
  const { delivery } = await bringUp();
  const { url, got } = await receiver(204);
  await delivery.deliver(alert, { kind: 'webhook', url, secret });

  const [{ request, body } = { request: undefined, body: '' }] = got;
  expect(JSON.parse(body)).toEqual(alert);
  const {
    'webhook-id': id,
    'webhook-timestamp': at,
    'webhook-signature': signature,
  } = request?.headers ?? {};
  expect(id).toBe('the-id');
  expect(signature).toBe(`v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`);
});

test.each([500, 404, 302])('an answer of %i is not delivered, and leads nowhere else', async (status) => {
  const { delivery } = await bringUp();
  const { url, got } = await receiver(status);
  await expect(delivery.deliver(alert, { kind: 'webhook', url })).rejects.toMatchObject({
    code: 'alert.not-delivered',
    message: `${new URL(url).host} answered ${status}`,
  });
  expect(got).toHaveLength(1);
  expect(got[0]?.request.headers['webhook-signature']).toBeUndefined();
});

test('what cannot be reached or signed says why, and no secret', async () => {
  const { delivery } = await bringUp();
  const url = 'http://127.0.0.1:1/token-in-the-path';
  const gone = delivery.deliver(alert, { kind: 'webhook', url });
  await expect(gone).rejects.toThrow('127.0.0.1:1 cannot be reached');
  await expect(gone).rejects.not.toThrow('token-in-the-path');
  const unsigned = delivery.deliver(alert, { kind: 'webhook', url, secret: 'NONE' });
  await expect(unsigned).rejects.toThrow('the secret NONE is not set');
  const empty = delivery.deliver(alert, { kind: 'webhook', url, secret: 'EMPTY' });
  await expect(empty).rejects.toThrow('the secret EMPTY has no base64');
});

test('a command reads the alert, and sees none of our credentials', async () => {
  const { delivery, projectDir } = await bringUp();
  process.env['WORKFLOW_SECRET_DEEP'] = 'hidden';
  onTestFinished(() => void delete process.env['WORKFLOW_SECRET_DEEP']);
  await delivery.deliver(alert, { kind: 'command', command: ['sh', '-c', 'cat > told; env > seen'] });

  expect(JSON.parse(await readFile(join(projectDir, 'told'), 'utf8'))).toEqual(alert);
  const seen = await readFile(join(projectDir, 'seen'), 'utf8');
  expect(seen).toContain('WORKFLOW_RUN=01r');
  expect(seen).toContain('WORKFLOW_ALERT_ID=the-id');
  expect(seen).not.toContain('hidden');
});

test.each([
  [['sh', '-c', 'echo no printer >&2; exit 3'], 'exit code 3: no printer'],
  [['sh', '-c', 'printf "no\nalert x: paper" >&2; exit 3'], 'exit code 3: no alert x: paper'],
  [['no-such-program-here'], 'no-such-program-here: '],
])('the command %j that fails is not delivered', async (command, message) => {
  const { delivery } = await bringUp();
  const told = delivery.deliver(alert, { kind: 'command', command });
  await expect(told).rejects.toMatchObject({ code: 'alert.not-delivered' });
  await expect(told).rejects.toThrow(message);
});
