// The link of two stations goes through TLS where their files say so, and to nobody whom the authority did not sign.
// Method: two real servers, and an authority that openssl makes.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { expect, onTestFinished, test } from 'vitest';
import { ensureEmbeddedServer, stopEmbeddedServer } from '../../src/nats-server/embedded-server.ts';
import type { ServerLinks } from '../../src/nats-server/server-login.ts';
import { freePort } from '../e2e/two-stations.ts';
import { authority } from '../support/tls-authority.ts';

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

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'workflow-tls-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));

  return made;
}
