import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { archiveCandidates } from './archive-candidates.ts';
import { formatStanza, type PackageSource, parseListSources, parseStanzaSources } from './package-sources.ts';
import { unpackPackage } from './private-apt.ts';
import type { WayOptions } from './provision-way.ts';
import { reasonOf } from './server-error.ts';
import { isNewEnough, readVersion } from './server-version.ts';

const CANDIDATES_MAX = 4;
/** All commands together. A lock that is held for longer than its age limit would be taken for a dead one. */
const TOTAL_TIMEOUT_MS = 8 * 60_000;
const PROGRAMS = ['usr/sbin/nats-server', 'usr/bin/nats-server'];

/** Downloads the package from a newer suite of the archive that the machine uses, and unpacks it. */
export async function provisionFromPackages(
  { folder, env, onProgress }: WayOptions,
  etc = '/etc/apt',
): Promise<string> {
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const candidates = archiveCandidates(await readSources(etc), osRelease).slice(0, CANDIDATES_MAX);
  if (candidates.length === 0) throw new Error('no Debian or Ubuntu archive is configured on this machine');

  const signal = AbortSignal.timeout(TOTAL_TIMEOUT_MS);
  let last: unknown;
  for (const [index, { source, suites, components }] of candidates.entries()) {
    for (const suite of suites) {
      onProgress(`asking ${withoutPassword(source.uris[0] ?? '')} ${suite} for nats-server`);
      const root = join(folder, `${index}-${suite}`);
      const sources = formatStanza(source, suite, components);
      try {
        const unpacked = await unpackPackage({ root, sources, name: 'nats-server', env, signal });
        return await findProgram(unpacked, suite);
      } catch (error) {
        last = error;
        onProgress(`${suite}: ${reasonOf(error)}`);
      }
    }
  }

  throw last;
}

async function readSources(etc: string): Promise<readonly PackageSource[]> {
  const parts = join(etc, 'sources.list.d');
  const names = (await readdir(parts).catch(() => [])).sort();
  const files = [join(etc, 'sources.list'), ...names.map((name) => join(parts, name))];

  const found: PackageSource[] = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (file.endsWith('.list')) found.push(...parseListSources(text));
    if (file.endsWith('.sources')) found.push(...parseStanzaSources(text));
  }

  return found;
}

function withoutPassword(uri: string): string {
  return uri.replace(/\/\/[^/@]*@/, '//');
}

// Checked here and not only by the caller, because the next suite may have a newer one, or one that runs.
async function findProgram(unpacked: string, suite: string): Promise<string> {
  const path = PROGRAMS.map((name) => join(unpacked, name)).find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Error(`the package of ${suite} holds no nats-server`);
  const version = await readVersion(path);
  if (!isNewEnough(version)) throw new Error(`only version ${version} is in ${suite}`);

  return path;
}
