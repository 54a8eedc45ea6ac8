import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { WayOptions } from './provision-way.ts';
import { reasonOf } from './server-error.ts';

/** A release of nats-server, with the SHA-256 of each archive that we accept. */
export type ServerRelease = {
  readonly version: string;
  readonly base: string;
  readonly sha256: Readonly<Record<string, string>>;
};

// The digests of the release's SHA256SUMS. A platform that is not listed is refused, never downloaded unchecked.
const RELEASE: ServerRelease = {
  version: '2.15.0',
  base: 'https://github.com/nats-io/nats-server/releases/download',
  sha256: {
    'linux-amd64': '5d2c51caca950333aba84911df7d377f826f3a59ec36061c6539105084f65c92',
    'linux-arm64': 'cdc208f5a3f42963a52b6ab06ef65626bb870315dc936e26ba571780c6351112',
    'darwin-amd64': '5bd8b59ca5bf93fab3da2c5843cf564cd6e2e291e22ae3b861746e7ebe259b95',
    'darwin-arm64': 'e1c4e22d70bd44abfa0bcb3c16f7cf0c66f648c2e728c58924e8a1ce88913cc8',
  },
};

const TIMEOUT_MS = 180_000;
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Downloads the official archive for this platform, checks its digest and unpacks it. */
export async function provisionFromRelease(options: WayOptions, release = RELEASE): Promise<string> {
  const { folder, onProgress } = options;
  const platform = `${process.platform}-${ARCHITECTURES[process.arch] ?? process.arch}`;
  const expected = release.sha256[platform];
  if (expected === undefined)
    throw new Error(`no digest is pinned for ${platform}, so nothing is downloaded`);

  const name = `nats-server-v${release.version}-${platform}`;
  onProgress(`downloading ${name}.tar.gz`);
  const archive = await download(`${release.base}/v${release.version}/${name}.tar.gz`);
  const actual = createHash('sha256').update(archive).digest('hex');
  if (actual !== expected) throw new Error(`${name}.tar.gz has SHA-256 ${actual}, pinned is ${expected}`);

  const unpacked = join(folder, 'unpacked');
  await mkdir(unpacked);
  await writeFile(join(folder, 'archive.tar.gz'), archive);
  await execa('tar', ['-xzf', join(folder, 'archive.tar.gz'), '-C', unpacked], { timeout: TIMEOUT_MS });

  return join(unpacked, name, 'nats-server');
}

async function download(url: string): Promise<Buffer> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new Error(`${url} could not be downloaded: ${reasonOf(cause)}`, { cause: error });
  }
}
