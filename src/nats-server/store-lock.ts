import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { NatsServerError } from './server-error.ts';

const run = promisify(execFile);

/** Said by `flock` where somebody else holds the lock. */
const CONFLICT_EXIT = 75;

/** A program, and what it is given. */
export type Command = { readonly file: string; readonly args: readonly string[] };

/**
 * The command that holds the lock of a store for as long as the server lives. The kernel gives the lock to one process,
 * in whatever container or namespace it runs, and takes it back when that process is gone. Where there is no `flock` of
 * util-linux, the command as it is.
 */
export async function holdingStore(storeDir: string, command: Command): Promise<Command> {
  if (!(await hasFlock())) return command;
  const holding = ['--nonblock', '--conflict-exit-code', String(CONFLICT_EXIT), '--no-fork'];

  return { file: 'flock', args: [...holding, lockOf(storeDir), command.file, ...command.args] };
}

/** Whether a command of `holdingStore` ended because somebody else was faster. */
export function lostStore(exitCode: number | null): boolean {
  return exitCode === CONFLICT_EXIT;
}

/** Whether a server on this machine holds the store, be it in another container. False where that cannot be told. */
export async function isStoreHeld(storeDir: string): Promise<boolean> {
  if (!(await hasFlock())) return false;
  const args = ['--nonblock', '--conflict-exit-code', String(CONFLICT_EXIT), lockOf(storeDir), 'true'];
  try {
    await run('flock', args);
    return false;
  } catch (error) {
    return (error as { readonly code?: unknown }).code === CONFLICT_EXIT;
  }
}

/** Beside the store: whoever removes the store must not give a second server a lock of its own. */
function lockOf(storeDir: string): string {
  return `${storeDir}.lock`;
}

let found: Promise<boolean> | undefined;

/** Behind these another machine, or the host of a virtual one, may have the file open without its lock being known. */
const relayingTypes: ReadonlySet<number> = new Set([
  // FUSE (sshfs, GlusterFS, the folders of Docker Desktop) and 9p.
  0x65735546, 0x01021997,
]);

/** Whether a lock in the folder that nobody holds says that nobody uses the store. */
export async function locksTell(folder: string): Promise<boolean> {
  return (await hasFlock()) && !relayingTypes.has((await statfs(folder)).type >>> 0);
}

/** That of busybox knows no `--no-fork`, and macOS has none. */
function hasFlock(): Promise<boolean> {
  found ??= run('flock', ['--version']).then(
    ({ stdout }) => stdout.includes('util-linux'),
    () => false,
  );

  return found;
}

/** File systems that other machines write to as well; from linux/magic.h and the sources of the file systems. */
const networkTypes: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x6b414653, 'AFS'],
  [0x19830326, 'BeeGFS'],
]);

/** What kind of network file system a type of `statfs` is; undefined for one of this machine. */
export function networkFileSystem(type: number): string | undefined {
  return networkTypes.get(type >>> 0);
}

/** On a network file system no lock tells whether a server on another machine has the store. */
export async function assertOfThisMachine(folder: string): Promise<void> {
  const kind = networkFileSystem((await statfs(folder)).type);
  if (kind === undefined) return;

  throw new NatsServerError(
    'nats.store-shared',
    `${folder} is on a network file system (${kind}), where a second machine could start a second server on the same ` +
      'store and destroy it; run nats-server on a local disk and name it by NATS_URL',
  );
}
