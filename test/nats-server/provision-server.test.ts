// A machine without a server gets one into the user's cache, once, whole or not at all. Method: the real apt of
// a Debian-like machine with a real network for the one way, and a release server of our own for the other.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import {
  type ProvisionWay,
  provisionFromPackages,
  type WayOptions,
} from '../../src/nats-server/provision-from-packages.ts';
import { provisionFromRelease, provisionServer } from '../../src/nats-server/provision-server.ts';
import { isNewEnough, readVersion } from '../../src/nats-server/server-version.ts';
import { compileAdapter } from './child-program.ts';

const hasPackages = existsSync('/usr/bin/apt-get') && existsSync('/usr/bin/dpkg');
const arch = process.arch === 'x64' ? 'amd64' : process.arch;

test.runIf(hasPackages)(
  'two commands on a machine without a server provision it once, from its package sources',
  { timeout: 180_000 },
  async () => {
    const cacheDir = await temporaryFolder();
    const adapter = await compileAdapter();
    onTestFinished(() => adapter.remove());
    const program = `
      import { findServer } from './provision-server.js';
      const messages = [];
      const found = await findServer({ env: process.env, onProgress: (message) => messages.push(message) });
      console.log(JSON.stringify({ ...found, messages }));
    `;
    const env = { WORKFLOW_CACHE_DIR: cacheDir, NATS_SERVER: '', PATH: '/usr/bin:/bin' };

    const printed = await Promise.all([adapter.run(program, env), adapter.run(program, env)]);

    const found = printed.map(
      (text) => JSON.parse(text) as { path: string; source: string; messages: string[] },
    );
    expect(found.map(({ source }) => source).sort()).toEqual(['cache', 'provisioned']);
    expect(new Set(found.map(({ path }) => path)).size).toBe(1);
    expect(isNewEnough(await readVersion(found[0]?.path ?? ''))).toBe(true);
    expect(found.flatMap(({ messages }) => messages).join('\n')).toContain('package sources');
    expect(await readdir(join(cacheDir, 'nats-server'))).toEqual([expect.stringMatching(/^2\./)]);
  },
);

test.runIf(hasPackages)(
  'an unreachable archive is told with the last words of apt, and leaves nothing',
  async () => {
    const folder = await temporaryFolder();
    const etc = await temporaryFolder();
    await writeFile(join(etc, 'sources.list'), 'deb http://127.0.0.1:1/debian bookworm main\n');
    const way = { label: 'packages', fetch: (options: WayOptions) => provisionFromPackages(options, etc) };

    const provisioning = provision(folder, [way]);

    await expect(provisioning).rejects.toMatchObject({
      code: 'nats.server-not-found',
      message: expect.stringMatching(
        /apt-get failed: E: (.|\n)*brew install(.|\n)*docker run(.|\n)*NATS_URL/,
      ),
    });
    expect(await readdir(folder)).toEqual([]);
  },
);

test('an official archive is taken when its digest is the pinned one', async () => {
  const folder = await temporaryFolder();
  const release = await releaseServer('2.15.0');

  const found = await provision(folder, [releaseWay(release)]);

  expect(found).toMatchObject({ version: '2.15.0', source: 'provisioned' });
  expect(await readdir(folder)).toEqual(['2.15.0']);
});

test.each([
  [
    'whose digest is not the pinned one',
    '2.15.0',
    { digest: 'f'.repeat(64) },
    /has SHA-256 \w+, pinned is f+/,
  ],
  ['for a platform without a pinned digest', '2.15.0', { platform: 'plan9-mips' }, /no digest is pinned/],
  ['that is not there', '2.15.0', { path: '/elsewhere' }, /the server answered 404/],
  ['that holds an old server', '2.11.0', {}, /only version 2\.11\.0/],
])('refuses an archive %s, and leaves nothing', async (_, version, wrong, reason) => {
  const folder = await temporaryFolder();
  const release = await releaseServer(version, wrong);

  await expect(provision(folder, [releaseWay(release)])).rejects.toMatchObject({
    code: 'nats.server-not-found',
    message: expect.stringMatching(reason),
  });
  expect(await readdir(folder)).toEqual([]);
});

test('says that the cache cannot be written, and how to choose another', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'a-file'), '');

  await expect(provision(join(folder, 'a-file/nats-server'), [])).rejects.toMatchObject({
    code: 'nats.cache-not-writable',
    message: expect.stringContaining('WORKFLOW_CACHE_DIR'),
  });
});

test('goes on to the next way when one fails, and clears what a killed command left', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, '.provision-killed/state'), { recursive: true });
  const broken: ProvisionWay = { label: 'nowhere', fetch: () => Promise.reject(new Error('broken')) };

  const found = await provision(folder, [broken, releaseWay(await releaseServer('2.15.0'))]);

  expect(found.version).toBe('2.15.0');
  expect(await readdir(folder)).toEqual(['2.15.0']);
});

type Wrong = { readonly digest?: string; readonly platform?: string; readonly path?: string };

async function releaseServer(version: string, wrong: Wrong = {}) {
  const folder = await temporaryFolder();
  const name = `nats-server-v${version}-${process.platform}-${arch}`;
  await mkdir(join(folder, name));
  const script = `#!/bin/sh\necho "nats-server: v${version}"\n`;
  await writeFile(join(folder, name, 'nats-server'), script, { mode: 0o755 });
  await execa('tar', ['-czf', 'release.tar.gz', name], { cwd: folder });
  const archive = await readFile(join(folder, 'release.tar.gz'));

  const server = createServer((request, response) => {
    const isThere = request.url === `/v${version}/${name}.tar.gz`;
    response.writeHead(isThere ? 200 : 404).end(isThere ? archive : '');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;

  const digest = wrong.digest ?? createHash('sha256').update(archive).digest('hex');
  const platform = wrong.platform ?? `${process.platform}-${arch}`;
  return { version, base: `http://127.0.0.1:${port}${wrong.path ?? ''}`, sha256: { [platform]: digest } };
}

function releaseWay(release: Awaited<ReturnType<typeof releaseServer>>): ProvisionWay {
  return { label: 'a release', fetch: (options) => provisionFromRelease(options, release) };
}

function provision(folder: string, ways: readonly ProvisionWay[]) {
  return provisionServer({
    folder,
    env: process.env,
    ways,
    onProgress: () => {},
    findCached: async () => undefined,
  });
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-provision-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));

  return folder;
}
