// The link of two stations goes through TLS where their files say so, and to nobody whom the authority did not sign.
// Method: two real servers, and an authority that openssl makes.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { expect, onTestFinished, test } from 'vitest';
import { ensureEmbeddedServer, stopEmbeddedServer } from '../../src/nats-server/embedded-server.ts';
import type { ServerLinks } from '../../src/nats-server/server-login.ts';
import { freePort } from '../e2e/two-stations.ts';

const permissions = { publish: ['>'], subscribe: ['>'] };
const secret = 'shared';

test('a station is reached over TLS, and not one whose certificate another authority signed', async () => {
  const [own, other] = [await authority(), await authority()];
  const port = await freePort();
  const bridge = await up({
    station: 'bridge',
    listen: `127.0.0.1:${port}`,
    tls: { cert: own.cert, key: own.key },
    peers: [{ name: 'hull', permissions, secret }],
  });
  const to = (ca: string): ServerLinks => ({
    station: 'hull',
    tls: { ca },
    peers: [{ name: 'bridge', connect: `tls://127.0.0.1:${port}`, permissions, secret }],
  });
  bridge.client.subscribe('greeting', { callback: (_error, message) => void message.respond('heard') });
  await bridge.client.flush();
  const greeted = ({ client }: Awaited<ReturnType<typeof up>>) =>
    client.request('greeting', '', { timeout: 500 }).then(
      (answer) => answer.string(),
      () => 'nobody',
    );

  const trusting = await up(to(own.ca));
  await expect.poll(() => greeted(trusting), { timeout: 20_000 }).toBe('heard');

  const deceived = await up(to(other.ca));
  const log = () => readFile(join(deceived.projectDir, '.3ox/nats/server.log'), 'utf8');
  await expect.poll(log, { timeout: 20_000 }).toContain('certificate signed by unknown authority');
  expect(await greeted(deceived)).toBe('nobody');
}, 60_000);

async function up(links: ServerLinks) {
  const projectDir = await folder();
  onTestFinished(async () => void (await stopEmbeddedServer(projectDir)));
  const { url, stationsLogin } = await ensureEmbeddedServer({ projectDir, env: process.env, links });
  const client = await connect({ servers: url, ...stationsLogin?.() });
  onTestFinished(() => client.close());

  return { client, projectDir };
}

async function authority() {
  const cwd = await folder();
  const openssl = (line: string) => execFileSync('openssl', line.split(' '), { cwd, stdio: 'pipe' });
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';
  openssl(`req -x509 ${key} -keyout ca.key -out ca.pem -days 2 -subj /CN=authority`);
  openssl(
    `req -x509 ${key} -keyout station.key -out station.pem -days 2 -subj /CN=station -CA ca.pem -CAkey ca.key -addext subjectAltName=IP:127.0.0.1`,
  );

  return { ca: join(cwd, 'ca.pem'), cert: join(cwd, 'station.pem'), key: join(cwd, 'station.key') };
}

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'workflow-tls-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));

  return made;
}
