import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isoTime } from '../../../machines/due-time.ts';
import type { BackupReport, FenceReport, OnProgress, RestoreOptions, RestoreReport } from '../../cli/app.ts';
import { loginName } from '../../cli/commands/actor.ts';
import { syncFolder } from '../../files/private-file.ts';
import { messageOf } from '../../lib/text.ts';
import { BackupRefused, type CopiedStream, type Fence, type StreamCopies } from '../../ports/backup.ts';
import { openStreamCopies } from '../../stores/jetstream/connection/stream-copies.ts';
import { bringUpServer, namespaceFrom, replicasFrom, serverInUse } from '../session/project-server.ts';
import { type BackupManifest, copyAll, expiredIn, reportOf, verified } from './backup-folder.ts';

const PART_BYTES = 128 * 1024;
const TRIES_MAX = 5;

type Server = Pick<Parameters<typeof openStreamCopies>[0], 'url' | 'login'>;

/** Copies all that the namespace holds on the server into a new folder. Rejects with BackupRefused. */
export async function backup(
  { projectDir, folder }: { readonly projectDir: string; readonly folder: string },
  onProgress: OnProgress,
): Promise<BackupReport> {
  const namespace = namespaceFrom(process.env);
  await refuseExisting(folder);
  const parent = dirname(folder);
  await mkdir(parent, { recursive: true });
  // Nobody takes a part for the whole: it gets its name when it is complete.
  const partial = await mkdtemp(join(parent, `.${basename(folder)}-`));
  try {
    const copies = await openStreamCopies({ ...(await serverInUse(projectDir)), namespace });
    const copied = { folder: partial, namespace };
    const manifest = await copyAll(copies, copied, onProgress).finally(() => copies.close());
    await syncFolder(partial);
    await rename(partial, folder);
    await syncFolder(parent);

    return reportOf(folder, manifest);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

/** Brings a backup to a server that has nothing of its namespace. Rejects with BackupRefused. */
export async function restore(
  { projectDir, folder, fence, isOldDown = false }: RestoreOptions,
  onProgress: OnProgress,
): Promise<RestoreReport> {
  const namespace = namespaceFrom(process.env);
  const manifest = await verified(folder);
  if (manifest.namespace !== namespace)
    throw new BackupRefused(
      'backup.other-namespace',
      `${folder} is a backup of the namespace ${manifest.namespace}, and this is ${namespace}`,
      { fix: `WORKFLOW_NAMESPACE=${manifest.namespace} workflow restore ${folder}` },
    );
  if (fence === undefined && !isOldDown)
    throw new BackupRefused(
      'backup.old-site',
      'an engine of the site that was backed up would go on with the same runs, which would be done twice',
      {
        fix: 'add --fence with the address of its server or its project folder; or --old-site-is-down, where it is gone for good',
      },
    );
  const old = fence === undefined ? undefined : await openOld(fence, namespace);
  try {
    const given = { folder, manifest, replicas: replicasFrom(process.env), old };
    await restoreTo(await serverInUse(projectDir), given, onProgress);
  } finally {
    await old?.close();
  }

  return { ...reportOf(folder, manifest), expired: expiredIn(manifest, Date.now()) };
}

/** The site that was backed up, by the address of its server or by its project folder. */
async function openOld(place: string, namespace: string): Promise<StreamCopies> {
  try {
    const server = place.includes('://') ? { url: place } : await bringUpServer(place);

    return await openStreamCopies({ ...server, namespace });
  } catch (cause) {
    throw new BackupRefused('backup.old-site', `the old site cannot be fenced: ${messageOf(cause)}`, {
      cause,
      fix: 'if it is gone for good, give --old-site-is-down in place of --fence: its engines must never come back',
    });
  }
}

/** Fences the site off, or lifts its fence. Rejects with BackupRefused. */
export async function fenceSite({
  projectDir,
  isLifted,
}: {
  readonly projectDir: string;
  readonly isLifted: boolean;
}): Promise<FenceReport> {
  const namespace = namespaceFrom(process.env);
  const copies = await openStreamCopies({ ...(await serverInUse(projectDir)), namespace });
  try {
    if (isLifted) return { namespace, isFenced: false, was: await copies.liftFence() };
    const fence = ownFence();
    await copies.fence(fence);

    return { namespace, isFenced: true, ...fence };
  } finally {
    await copies.close();
  }
}

function ownFence(): Fence {
  return { at: isoTime(Date.now()), by: `${loginName()} on ${hostname()}` };
}

async function refuseExisting(folder: string): Promise<void> {
  const there = await stat(folder).catch(() => undefined);
  if (there === undefined) return;

  throw new BackupRefused('backup.exists', `${folder} is there already`, {
    fix: 'name a folder that is not',
  });
}

type Restoring = {
  readonly folder: string;
  readonly manifest: BackupManifest;
  /** On how many servers each stream is kept. */
  readonly replicas: number;
  /** The site that was backed up, where it is still there. */
  readonly old?: StreamCopies | undefined;
};

/** Brings what a folder holds to a server, all of it or nothing. */
export async function restoreTo(server: Server, given: Restoring, onProgress: OnProgress): Promise<void> {
  const copies = await openStreamCopies({ ...server, namespace: given.manifest.namespace });
  try {
    await makeRoom(copies);
    await restoreAll(copies, given, onProgress);
  } finally {
    await copies.close();
  }
}

/** The journal comes last: without it, what a restore that was killed has left is not taken for a whole. */
export async function restoreAll(
  copies: StreamCopies,
  given: Restoring,
  onProgress: OnProgress,
): Promise<void> {
  const { old, manifest } = given;
  const isJournal = ({ stream }: CopiedStream): boolean => copies.isJournal(stream);
  const [journal] = manifest.streams.filter(isJournal);
  const begun: string[] = [];
  const bring = async (copied: CopiedStream): Promise<void> => {
    onProgress(`restoring ${copied.stream}`);
    begun.push(copied.stream);
    await bringStream(copies, copied, given);
  };
  let isFenced = false;
  try {
    for (const copied of manifest.streams) if (!isJournal(copied)) await bring(copied);
    if (manifest.eventsDoneTo !== undefined) await copies.goOnWithEvents(manifest.eventsDoneTo);
    await refuseServed(copies);
    isFenced = (await old?.fence(ownFence())) ?? false;
    if (journal !== undefined) await bring(journal);
  } catch (error) {
    const left = await takeBack(copies, begun);
    // Where the journal may be whole, the new site could go on: then the old one must not.
    const isFenceKept = isFenced && left.some(copies.isJournal);
    if (isFenced && !isFenceKept) await old?.liftFence();
    if (left.length > 0) throw halfRestored(left, isFenceKept, error);
    throw error;
  }
  await settle(copies, begun, onProgress);
}

/** From now on nothing of it is taken for what a restore has left that did not end. */
async function settle(
  copies: StreamCopies,
  streams: readonly string[],
  onProgress: OnProgress,
): Promise<void> {
  for (const stream of streams) {
    // It is whole, whatever it says of itself.
    await copies.settle(stream).catch((error: unknown) => onProgress(`${stream}: ${messageOf(error)}`));
  }
}

/**
 * A server under load may refuse the last bytes of a stream, having read all that it wants of it (nats-server 2.15.1:
 * "read/write on closed pipe"): the same again is taken.
 */
async function bringStream(
  copies: StreamCopies,
  copied: CopiedStream,
  { folder, replicas }: Pick<Restoring, 'folder' | 'replicas'>,
): Promise<void> {
  const path = join(folder, `${copied.stream}.snapshot`);
  for (let tries = 1; ; tries++) {
    const parts: AsyncIterable<Uint8Array> = createReadStream(path, { highWaterMark: PART_BYTES });
    try {
      return await copies.restore(copied, parts, replicas);
    } catch (error) {
      const mayPass = error instanceof BackupRefused && error.code === 'backup.refused';
      if (!mayPass || tries === TRIES_MAX) throw error;
      await copies.remove(copied.stream);
    }
  }
}

/** All or nothing: half a namespace would be taken for a whole one. Resolves with what could not be taken away. */
async function takeBack(copies: StreamCopies, streams: readonly string[]): Promise<readonly string[]> {
  const removed = await Promise.allSettled(streams.map((stream) => copies.remove(stream)));

  return streams.filter((_, index) => removed[index]?.status === 'rejected');
}

function halfRestored(left: readonly string[], isFenceKept: boolean, cause: unknown): BackupRefused {
  const kept = isFenceKept
    ? '; the old site stays fenced off, since the new one may go on with its runs: `workflow fence --lift` there, once nothing is left here'
    : '';

  return new BackupRefused(
    'backup.half-restored',
    `${messageOf(cause)}; and ${left.join(', ')} could not be taken away again${kept}`,
    { cause, fix: 'give the same command again: it takes away what a restore has left' },
  );
}

/**
 * A command that only looked has made streams without a message, and a restore that was killed some without a journal:
 * these are replaced. So is what engines make anew, which of a former life would be wrong.
 */
async function makeRoom(copies: StreamCopies): Promise<void> {
  const there = await copies.streams();
  const isHalf = !there.some(({ stream, messages }) => copies.isJournal(stream) && messages > 0);
  const full = there.filter(
    ({ messages, isCopied, isRestored }) => messages > 0 && isCopied && !(isHalf && isRestored),
  );
  if (full.length > 0)
    throw new BackupRefused(
      'backup.not-empty',
      `the server has ${full.map(({ stream }) => stream).join(', ')} already, and nothing is ever replaced`,
      { fix: 'restore in an empty project folder, or name another server in NATS_URL' },
    );
  await refuseServed(copies);
  for (const { stream } of there) await copies.remove(stream);
}

async function refuseServed(copies: StreamCopies): Promise<void> {
  if (await copies.isServed())
    throw new BackupRefused('backup.served', 'an engine is at work on this server, or was a minute ago', {
      fix: 'stop it, and wait a minute',
    });
}
