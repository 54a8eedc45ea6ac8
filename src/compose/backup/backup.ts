import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { BackupReport, OnProgress } from '../../cli/app.ts';
import { BackupRefused, type StreamCopies } from '../../ports/backup.ts';
import { openStreamCopies } from '../../stores/jetstream/connection/stream-copies.ts';
import { replicasFrom, serverInUse } from '../session/project-server.ts';
import { type BackupManifest, copyAll, reportOf, verified } from './backup-folder.ts';

type Server = Pick<Parameters<typeof openStreamCopies>[0], 'url' | 'login'>;

/** Copies all that the namespace holds on the server into a new folder. Rejects with BackupRefused. */
export async function backup(
  { projectDir, folder }: { readonly projectDir: string; readonly folder: string },
  onProgress: OnProgress,
): Promise<BackupReport> {
  await refuseExisting(folder);
  const server = await serverInUse(projectDir);
  const copies = await openStreamCopies({ ...server, namespace: namespace() });
  await mkdir(dirname(folder), { recursive: true });
  // Nobody takes a part for the whole: it gets its name when it is complete.
  const partial = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
  try {
    const manifest = await copyAll(copies, { folder: partial, namespace: namespace() }, onProgress);
    await rename(partial, folder);

    return reportOf(folder, manifest);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  } finally {
    await copies.close();
  }
}

/** Brings a backup to a server that has nothing of its namespace. Rejects with BackupRefused. */
export async function restore(
  { projectDir, folder }: { readonly projectDir: string; readonly folder: string },
  onProgress: OnProgress,
): Promise<BackupReport> {
  const manifest = await verified(folder);
  if (manifest.namespace !== namespace())
    throw new BackupRefused(
      'backup.other-namespace',
      `${folder} is a backup of the namespace ${manifest.namespace}, and this is ${namespace()}`,
      { fix: `WORKFLOW_NAMESPACE=${manifest.namespace} workflow restore ${folder}` },
    );
  await restoreTo(await serverInUse(projectDir), { folder, manifest }, onProgress);

  return reportOf(folder, manifest);
}

function namespace(): string {
  return process.env['WORKFLOW_NAMESPACE'] ?? 'default';
}

async function refuseExisting(folder: string): Promise<void> {
  const there = await stat(folder).catch(() => undefined);
  if (there === undefined) return;

  throw new BackupRefused('backup.exists', `${folder} is there already`, {
    fix: 'name a folder that is not',
  });
}

/** Brings what a folder holds to a server, all of it or nothing. */
export async function restoreTo(
  server: Server,
  { folder, manifest }: { readonly folder: string; readonly manifest: BackupManifest },
  onProgress: OnProgress,
): Promise<void> {
  const copies = await openStreamCopies({ ...server, namespace: manifest.namespace });
  const restored: string[] = [];
  try {
    await makeRoom(copies);
    for (const copied of manifest.streams) {
      onProgress(`restoring ${copied.stream}`);
      const parts = createReadStream(join(folder, `${copied.stream}.snapshot`), {
        highWaterMark: 128 * 1024,
      });
      await copies.restore(copied, parts as AsyncIterable<Uint8Array>, replicasFrom(process.env));
      restored.push(copied.stream);
    }
  } catch (error) {
    // All or nothing: half a namespace would be taken for a whole one.
    await Promise.allSettled(restored.map((stream) => copies.remove(stream)));
    throw error;
  } finally {
    await copies.close();
  }
}

/** A command that only looked has made streams without a message: only these are replaced. */
async function makeRoom(copies: StreamCopies): Promise<void> {
  const there = await copies.streams();
  const full = [...there].filter(([, messages]) => messages > 0).map(([stream]) => stream);
  if (full.length > 0)
    throw new BackupRefused(
      'backup.not-empty',
      `the server has ${full.join(', ')} already, and nothing is ever replaced`,
      { fix: 'restore in an empty project folder, or name another server in NATS_URL' },
    );
  if (there.size === 0) return;
  if (await copies.isServed())
    throw new BackupRefused('backup.served', 'an engine is at work on this server, or was a minute ago', {
      fix: 'stop it, and wait a minute',
    });
  for (const stream of there.keys()) await copies.remove(stream);
}
