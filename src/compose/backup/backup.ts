import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { BackupReport, OnProgress, RestoreReport } from '../../cli/app.ts';
import { syncFolder } from '../../files/private-file.ts';
import { messageOf } from '../../lib/text.ts';
import { BackupRefused, type CopiedStream, type StreamCopies } from '../../ports/backup.ts';
import { openStreamCopies } from '../../stores/jetstream/connection/stream-copies.ts';
import { namespaceFrom, replicasFrom, serverInUse } from '../session/project-server.ts';
import { type BackupManifest, copyAll, expiredIn, reportOf, verified } from './backup-folder.ts';

const PART_BYTES = 128 * 1024;

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
  { projectDir, folder }: { readonly projectDir: string; readonly folder: string },
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
  const given = { folder, manifest, replicas: replicasFrom(process.env) };
  await restoreTo(await serverInUse(projectDir), given, onProgress);

  return { ...reportOf(folder, manifest), expired: expiredIn(manifest, Date.now()) };
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
async function restoreAll(
  copies: StreamCopies,
  { folder, manifest, replicas }: Restoring,
  onProgress: OnProgress,
): Promise<void> {
  const isJournal = ({ stream }: CopiedStream): boolean => stream === copies.journal;
  const { streams, eventsDoneTo } = manifest;
  const begun: string[] = [];
  try {
    for (const copied of [...streams.filter((each) => !isJournal(each)), ...streams.filter(isJournal)]) {
      onProgress(`restoring ${copied.stream}`);
      if (isJournal(copied)) await refuseServed(copies);
      if (isJournal(copied) && eventsDoneTo !== undefined) await copies.goOnWithEvents(eventsDoneTo);
      begun.push(copied.stream);
      const path = join(folder, `${copied.stream}.snapshot`);
      const parts: AsyncIterable<Uint8Array> = createReadStream(path, { highWaterMark: PART_BYTES });
      await copies.restore(copied, parts, replicas);
    }
  } catch (error) {
    await takeBack(copies, begun, error);
    throw error;
  }
}

/** All or nothing: half a namespace would be taken for a whole one. */
async function takeBack(copies: StreamCopies, streams: readonly string[], cause: unknown): Promise<void> {
  const removed = await Promise.allSettled(streams.map((stream) => copies.remove(stream)));
  const left = streams.filter((_, index) => removed[index]?.status === 'rejected');
  if (left.length === 0) return;

  throw new BackupRefused(
    'backup.half-restored',
    `${messageOf(cause)}; and ${left.join(', ')} could not be taken away again`,
    { cause, fix: 'give the same command again: it takes away what a restore has left' },
  );
}

/**
 * A command that only looked has made streams without a message, and a restore that was killed some without a journal:
 * these are replaced. So is what engines make anew, which of a former life would be wrong.
 */
async function makeRoom(copies: StreamCopies): Promise<void> {
  const there = await copies.streams();
  const isHalf = !there.some(({ stream, messages }) => stream === copies.journal && messages > 0);
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
