import { execa } from 'execa';

/** The oldest server with atomic batches and per-message TTL, without which the journal cannot work. */
export const NATS_VERSION_MIN = '2.12.0';

const VERSION_TIMEOUT_MS = 10_000;

/** Negative when `left` is older than `right`, 0 when equal. A pre-release is older than its release. */
export function compareVersions(left: string, right: string): number {
  const a = parse(left);
  const b = parse(right);

  for (const [index, part] of a.numbers.entries()) {
    const difference = part - (b.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (a.preRelease === b.preRelease) return 0;
  if (a.preRelease === '') return 1;
  if (b.preRelease === '') return -1;

  return a.preRelease.localeCompare(b.preRelease, 'en', { numeric: true });
}

/** Whether a server of this version can hold our journal. Text that is no version is never new enough. */
export function isNewEnough(version: string): boolean {
  return /^v?\d+\.\d+/.test(version) && compareVersions(version, NATS_VERSION_MIN) >= 0;
}

/** Asks a binary for its version; throws when it does not run or does not answer like a nats-server. */
export async function readVersion(binary: string): Promise<string> {
  const { stdout } = await execa(binary, ['--version'], { timeout: VERSION_TIMEOUT_MS, stdin: 'ignore' });
  const version = /^nats-server: v(\S+)/m.exec(stdout)?.[1];
  if (version === undefined) {
    throw new Error(`--version answered "${stdout.slice(0, 80)}", which is no nats-server version`);
  }

  return version;
}

function parse(version: string): { readonly numbers: readonly number[]; readonly preRelease: string } {
  const [release = '', ...rest] = version.replace(/^v/, '').split('+', 1).join('').split('-');
  const numbers = release.split('.').map((part) => Number.parseInt(part, 10) || 0);

  return { numbers: [numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 0], preRelease: rest.join('-') };
}

/** A nats-server that runs on this machine and is new enough. */
export type ServerBinary = {
  readonly path: string;
  readonly version: string;
  readonly source: 'NATS_SERVER' | 'PATH' | 'cache' | 'provisioned';
};

/** The environment variables of a process; the named ones are those we read. */
export type ServerEnvironment = Readonly<Record<string, string | undefined>> & {
  readonly NATS_SERVER?: string | undefined;
  readonly PATH?: string | undefined;
  readonly WORKFLOW_CACHE_DIR?: string | undefined;
  readonly XDG_CACHE_HOME?: string | undefined;
};
