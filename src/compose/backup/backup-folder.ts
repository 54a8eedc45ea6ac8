import { createHash } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { canonicalJson, JsonObject } from '../../../events/canonical-json.ts';
import { isoTime } from '../../../machines/due-time.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import type { BackupReport, OnProgress } from '../../cli/app.ts';
import { versionText } from '../../cli/version.ts';
import { digestFile } from '../../files/digest-file.ts';
import { writePrivateFile } from '../../files/private-file.ts';
import { BackupRefused, type StreamCopies } from '../../ports/backup.ts';
import { namesOf } from '../../stores/jetstream/connection/names.ts';
import { streamNames } from '../../stores/jetstream/connection/stream-health.ts';

/** They hold the data of all runs, and the secrets of those under way in sealed form. */
const FILE_MODE = 0o600;
const MANIFEST = 'backup.json';
const MS_NANOS = 1_000_000;
/** A file is read to its end, and nobody counts along. */
const unhurried = { signal: new AbortController().signal, onBytes: () => undefined };

const BackupManifest = z.object({
  format: z.literal(1),
  release: z.string(),
  namespace: z.string(),
  /** Everything that was acknowledged before is in it. */
  cutAt: z.string(),
  /** The position up to which all events had been dealt with then. */
  eventsDoneTo: z.int().optional(),
  streams: z.array(
    z.object({
      stream: z.string().regex(/^[A-Z0-9_-]+$/i),
      bytes: z.int(),
      sha256: z.string(),
      config: z.record(z.string(), z.unknown()),
      state: z.looseObject({ messages: z.int(), last_seq: z.int(), first_ts: z.string().optional() }),
      /** What the server finds wrong with its messages. */
      damaged: z.string().optional(),
    }),
  ),
});
export type BackupManifest = z.infer<typeof BackupManifest>;

/** Copies the streams of a namespace into a folder that is there, and says what it holds. */
export async function copyAll(
  copies: StreamCopies,
  { folder, namespace }: { readonly folder: string; readonly namespace: string },
  onProgress: OnProgress,
): Promise<BackupManifest> {
  const streams: BackupManifest['streams'] = [];
  const cutAt = isoTime(Date.now());
  const names = async (): Promise<readonly string[]> =>
    (await copies.streams()).filter(({ isCopied }) => isCopied).map(({ stream }) => stream);
  const behindJournal = (found: readonly string[]): number => found.findIndex(copies.isJournal) + 1;
  const found = await names();
  if (!found.some(copies.isJournal))
    throw new BackupRefused('backup.nothing', `the server has no runs of the namespace ${namespace}`);
  const eventsDoneTo = await copies.eventsDoneTo();
  const copyEach = async (each: readonly string[]): Promise<void> => {
    for (const stream of each) {
      onProgress(`copying ${stream}`);
      streams.push(await copySound(copies, stream, folder));
    }
  };
  await copyEach(found.slice(0, behindJournal(found)));
  // What the journal names may be in a stream that has been made meanwhile.
  const later = await names();
  await copyEach(later.slice(behindJournal(later)));
  const manifest: BackupManifest = {
    format: 1,
    release: versionText(),
    namespace,
    cutAt,
    eventsDoneTo,
    streams,
  };
  await writeManifest(folder, manifest);

  return manifest;
}

type CopiedFile = BackupManifest['streams'][number];

/** One message that is damaged keeps nobody from copying the others. */
async function copySound(copies: StreamCopies, stream: string, folder: string): Promise<CopiedFile> {
  const path = join(folder, `${stream}.snapshot`);
  try {
    return await copyTo(path, copies, { stream, isChecked: true });
  } catch (error) {
    if (!(error instanceof BackupRefused && error.code === 'backup.unsound')) throw error;
    await rm(path);

    return { ...(await copyTo(path, copies, { stream, isChecked: false })), damaged: error.message };
  }
}

async function copyTo(
  path: string,
  copies: StreamCopies,
  { stream, isChecked }: { readonly stream: string; readonly isChecked: boolean },
): Promise<CopiedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(path, 'wx', FILE_MODE);
  const onPart = async (part: Uint8Array): Promise<void> => {
    hash.update(part);
    bytes += part.length;
    await file.writeFile(part);
  };
  try {
    const { config, state } = await copies.copy(stream, { isChecked, onPart });
    await file.sync();

    return { stream, bytes, sha256: hash.digest('hex'), config, state };
  } finally {
    await file.close();
  }
}

/** The manifest of a backup of which every file is as it was written. */
export async function verified(folder: string): Promise<BackupManifest> {
  const manifest = await manifestOf(folder);
  for (const { stream, bytes, sha256 } of manifest.streams) {
    const path = join(folder, `${stream}.snapshot`);
    const { size, sha256: has } = await digestFile(path, unhurried).catch((cause: unknown) => {
      throw new BackupRefused('backup.damaged', `${path} cannot be read: ${String(cause)}`, { cause });
    });
    if (has === sha256) continue;
    const how = size === bytes ? 'other content' : `${size} bytes in place of ${bytes}`;
    throw new BackupRefused('backup.damaged', `${path} was changed since it was written: ${how}`, {
      fix: 'take another backup: nothing was restored',
    });
  }

  return manifest;
}

/** Written last, with a digest of itself: what stands in it is asked of a server. */
export async function writeManifest(folder: string, manifest: BackupManifest): Promise<void> {
  const content = JsonObject.parse(JSON.parse(JSON.stringify(manifest)));
  const text = JSON.stringify({ ...content, sha256: sha256Hex(canonicalJson(content)) }, null, 2);
  await writePrivateFile(join(folder, MANIFEST), `${text}\n`);
}

async function manifestOf(folder: string): Promise<BackupManifest> {
  const path = join(folder, MANIFEST);
  const unknown = (cause: unknown): never => {
    throw new BackupRefused('backup.unknown', `${path} is not what \`workflow backup\` writes`, {
      cause,
      fix: 'name a folder that `workflow backup` has made',
    });
  };
  try {
    const { sha256, ...content } = JsonObject.parse(JSON.parse(await readFile(path, 'utf8')));
    if (sha256 !== sha256Hex(canonicalJson(content)))
      throw new BackupRefused('backup.damaged', `${path} was changed since it was written`, {
        fix: 'take another backup: nothing was restored',
      });
    const manifest = BackupManifest.parse(content);

    return isOfItsNamespace(manifest) ? manifest : unknown(undefined);
  } catch (error) {
    return error instanceof BackupRefused ? Promise.reject(error) : unknown(error);
  }
}

/** A folder that somebody has made up would have the server make any stream. */
function isOfItsNamespace({ namespace, streams }: BackupManifest): boolean {
  const own = new Set(streamNames(namesOf(namespace)));

  return streams.every(({ stream, config }) => own.delete(stream) && config['name'] === stream);
}

/** The streams of which something is too old to be kept by now: the server takes it away as it restores them. */
export function expiredIn({ streams }: BackupManifest, nowMs: number): readonly string[] {
  const isExpired = ({ config, state }: CopiedFile): boolean => {
    const keptMs = Number(config['max_age'] ?? 0) / MS_NANOS;

    return keptMs > 0 && state.messages > 0 && Date.parse(state.first_ts ?? '') + keptMs < nowMs;
  };

  return streams.filter(isExpired).map(({ stream }) => stream);
}

export function reportOf(folder: string, { namespace: space, cutAt, streams }: BackupManifest): BackupReport {
  const bytes = streams.reduce((sum, { bytes: each }) => sum + each, 0);
  const damaged = streams.filter((each) => each.damaged !== undefined).map(({ stream }) => stream);

  return { folder, namespace: space, cutAt, bytes, streams: streams.map(({ stream }) => stream), damaged };
}
