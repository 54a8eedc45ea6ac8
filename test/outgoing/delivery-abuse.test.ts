// Places that do their worst to whoever tells them of an alert. Method: real HTTP servers that hang, stall or never
// stop, and real commands that never end or print without end, under limits that are short.
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createAlertDelivery } from '../../src/outgoing/deliver.ts';
import type { Alert } from '../../src/ports/events/alert-delivery.ts';
import { startGroup } from '../../src/subprocess/process-group.ts';

const alert: Alert = {
  ...{ id: 'a1', rule: 'failed', on: 'run_failed', subject: '01r 7', run: '01r' },
  ...{ text: 'run 01r of pay failed: paint.dry', at: '2026-01-01T00:00:00.000Z' },
};

async function bringUp({ answerMsMax = 10_000, runMsMax = 10_000 } = {}) {
  const projectDir = await mkdtemp(join(tmpdir(), 'alerts-'));
  onTestFinished(() => rm(projectDir, { recursive: true, force: true }));
  const secrets = { get: () => undefined };
  const delivery = createAlertDelivery({
    startGroup,
    ...{ projectDir, secrets, answerMsMax, runMsMax },
    say: () => undefined,
  });

  return {
    projectDir,
    post: (url: string) => delivery.deliver(alert, { kind: 'webhook', url }),
    run: (...command: readonly string[]) => delivery.deliver(alert, { kind: 'command', command }),
  };
}

async function serverOf(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });

  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('a webhook that takes the alert and never answers is given up, and the connection is cut', async () => {
  const { post } = await bringUp({ answerMsMax: 300 });
  const cut: Promise<unknown>[] = [];
  const url = await serverOf(({ socket }) => void cut.push(once(socket, 'close')));
  await expect(post(url)).rejects.toMatchObject({ code: 'alert.not-delivered' });
  expect(cut).toHaveLength(1);
  await cut[0];
});

test('of an answer without an end next to nothing is read', async () => {
  const { post } = await bringUp();
  let sent = 0;
  let cut: Promise<unknown> | undefined;
  const url = await serverOf((_request, response) => {
    const chunk = Buffer.alloc(64 * 1024);
    const more = (): void => {
      while (!response.destroyed && response.write(chunk)) sent += chunk.length;
    };
    cut = once(response, 'close');
    response.on('drain', more);
    more();
  });
  await post(url);
  await cut;
  expect(sent).toBeLessThan(10_000_000);
});

test('who is sent elsewhere does not go there, and is not told that it was said', async () => {
  const { post } = await bringUp();
  let came = 0;
  const other = await serverOf((_request, response) => {
    came += 1;
    response.end();
  });
  for (const status of [301, 302, 303, 307, 308]) {
    const url = await serverOf((_request, response) => {
      response.writeHead(status, { location: other }).end();
    });
    await expect(post(url)).rejects.toThrow(`answered ${status}`);
  }
  expect(came).toBe(0);
});

test('a command that never ends is ended with all that it started', async () => {
  const { run, projectDir } = await bringUp({ runMsMax: 500 });
  const stubborn =
    'trap "" TERM; sh -c \'trap "" TERM; echo $$ > inner; while :; do sleep 1; done\' & wait; wait';
  await expect(run('sh', '-c', stubborn)).rejects.toMatchObject({
    code: 'alert.not-delivered',
    message: 'sh: it took longer than 0.5 s',
  });
  const inner = Number(await readFile(join(projectDir, 'inner'), 'utf8'));
  await expect.poll(() => isAlive(inner), { timeout: 10_000 }).toBe(false);
});

test('a command that prints very much has told all the same, and one that fails so shows how it began', async () => {
  const { run } = await bringUp({ runMsMax: 60_000 });
  const much = 'head -c 100000000 /dev/zero | tr "\\0" x';
  await run('sh', '-c', `${much}; ${much} >&2`);
  await expect(run('sh', '-c', `echo no paper >&2; ${much} >&2; exit 3`)).rejects.toMatchObject({
    message: expect.stringMatching(/^sh: exit code 3: no paper x{200,300}$/),
  });
});

test('what a command leaves running is not waited for', async () => {
  const { run, projectDir } = await bringUp();
  const left = async () => (await readFile(join(projectDir, 'left'), 'utf8')).trim().split('\n').map(Number);
  await run('sh', '-c', 'sleep 600 & echo $! >> left');
  const failing = run('sh', '-c', 'sleep 600 & echo $! >> left; echo gone >&2; exit 1');
  await expect(failing).rejects.toThrow('exit code 1: gone');
  const pids = await left();
  for (const pid of pids) process.kill(pid);
  expect(pids).toHaveLength(2);
});
