import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackPackage } from './private-apt.ts';
import { firstLineOf } from './server-error.ts';
import { isNewEnough, readVersion, type ServerEnvironment } from './server-version.ts';

const DEBIAN = { suites: ['forky', 'sid'], components: ['main'] };

const UBUNTU = { suites: ['devel'], components: ['main', 'universe'] };

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
        onProgress(`${suite}: ${firstLineOf(error)}`);
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

/** An archive of the machine's distribution, and what to ask it for. */
type ArchiveCandidate = {
  readonly source: PackageSource;
  /** Suites that may have a new enough server, the calmest first. */
  readonly suites: readonly string[];
  readonly components: readonly string[];
};

/**
 * Picks the distribution's own archives out of all that the machine is configured with. Mirrors keep the
 * name of the distribution at the end of the path; one that does not is known by offering the installed suite.
 */
export function archiveCandidates(
  sources: readonly PackageSource[],
  osRelease: string,
): readonly ArchiveCandidate[] {
  const codename = /^VERSION_CODENAME="?([\w.-]+)"?$/m.exec(osRelease)?.[1];
  const family = /^ID(_LIKE)?=.*ubuntu/m.test(osRelease) ? UBUNTU : DEBIAN;
  const main = sources.filter(({ components }) => components.includes('main'));

  const named = main.flatMap((source) => {
    const byPath = source.uris.some(endsIn('debian'))
      ? DEBIAN
      : source.uris.some(endsIn('ubuntu'))
        ? UBUNTU
        : undefined;
    return byPath === undefined ? [] : [{ source, ...byPath }];
  });
  const others = main
    .filter((source) => codename !== undefined && source.suites.includes(codename))
    .map((source) => ({ source, ...family }));

  return firstOfEach([...named, ...others]);
}

function endsIn(name: string): (uri: string) => boolean {
  return (uri) => new RegExp(`/${name}(-ports|\\.list)?/*$`).test(uri);
}

function firstOfEach(candidates: readonly ArchiveCandidate[]): readonly ArchiveCandidate[] {
  const seen = new Set<string>();

  return candidates.filter(({ source }) => {
    const key = source.uris.join(' ');
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

/** One archive that the machine gets packages from, reduced to what another suite of it needs. */
type PackageSource = {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** A keyring's path, or an inline key with its continuation lines. */
  readonly signedBy?: string;
  readonly trusted?: string;
};

/** Reads `sources.list` and `*.list`: `deb [options] uri suite component...`, one a line. */
export function parseListSources(text: string): readonly PackageSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    const [, options = '', uri, suite, components = ''] = match ?? [];
    if (uri === undefined || suite === undefined) return [];

    return [source([uri], [suite], words(components), new Map(optionPairs(options)))];
  });
}

/** Reads deb822 `*.sources`: stanzas of `Field: value` with continuation lines. */
export function parseStanzaSources(text: string): readonly PackageSource[] {
  return text.split(/\n[ \t]*\n/).flatMap((stanza) => {
    const fields = stanzaFields(stanza);
    const types = words(fields.get('types') ?? '');
    if (!types.includes('deb') || fields.get('enabled')?.toLowerCase() === 'no') return [];
    const [uris, suites, components] = ['uris', 'suites', 'components'].map((name) =>
      words(fields.get(name) ?? ''),
    );
    if (!uris?.length || !suites?.length) return [];

    return [source(uris, suites, components ?? [], fields)];
  });
}

/** Writes one source that offers `suite` of the same archive, in the stanza format. */
export function formatStanza(from: PackageSource, suite: string, components: readonly string[]): string {
  const lines = [
    'Types: deb',
    `URIs: ${from.uris.join(' ')}`,
    `Suites: ${suite}`,
    `Components: ${components.join(' ')}`,
  ];
  if (from.signedBy !== undefined) lines.push(`Signed-By: ${from.signedBy}`);
  if (from.trusted !== undefined) lines.push(`Trusted: ${from.trusted}`);

  return `${lines.join('\n')}\n`;
}

function source(
  uris: readonly string[],
  suites: readonly string[],
  components: readonly string[],
  fields: ReadonlyMap<string, string>,
): PackageSource {
  const signedBy = fields.get('signed-by');
  const trusted = fields.get('trusted');

  return {
    uris,
    suites,
    components,
    ...(signedBy === undefined ? {} : { signedBy }),
    ...(trusted === undefined ? {} : { trusted }),
  };
}

function optionPairs(options: string): [string, string][] {
  return words(options).map((option) => {
    const at = option.indexOf('=');
    return [option.slice(0, at).toLowerCase(), option.slice(at + 1)];
  });
}

function stanzaFields(stanza: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let current = '';
  for (const line of stanza.split('\n')) {
    if (line.startsWith('#')) continue;
    const field = /^([A-Za-z0-9-]+):\s*(.*)$/.exec(line);
    if (field !== null) {
      current = (field[1] ?? '').toLowerCase();
      fields.set(current, (field[2] ?? '').trim());
    } else if (/^[ \t]/.test(line)) {
      fields.set(current, `${fields.get(current) ?? ''}\n${line.trimEnd()}`);
    }
  }

  return fields;
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** One way to get a server. It works inside `folder`, which is thrown away, and answers with the binary's path. */
export type ProvisionWay = {
  readonly label: string;
  readonly fetch: (options: WayOptions) => Promise<string>;
};

export type WayOptions = {
  readonly folder: string;
  readonly env: ServerEnvironment;
  readonly onProgress: (message: string) => void;
};
