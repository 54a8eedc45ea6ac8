// A namespace on a server of its own with what a backup of it needs, in this process.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { restoreTo } from '../../../src/compose/backup/backup.ts';
import { type BackupManifest, copyAll } from '../../../src/compose/backup/backup-folder.ts';
import { serveTriggers } from '../../../src/compose/serve.ts';
import { openSession } from '../../../src/compose/session/open-session.ts';
import type { StreamCopies } from '../../../src/ports/backup.ts';
import { connectJetStream } from '../../../src/stores/jetstream/connect.ts';
import { openStreamCopies } from '../../../src/stores/jetstream/connection/stream-copies.ts';
import { connectRaw } from '../../stores/jetstream/raw-client.ts';
import { startTestServer } from '../../support/nats.ts';

const silent = (): void => undefined;

/** What a folder holds, and where it is. */
export type Copied = { readonly folder: string; readonly manifest: BackupManifest };

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-copied-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));

  return folder;
}

export type Site = Awaited<ReturnType<typeof openSite>>;

export async function openSite(namespace: string) {
  const server = await startTestServer();
  onTestFinished(() => server.stop());
  const projectDir = await temporaryFolder();
  const { url } = server;

  return {
    server,
    url,
    projectDir,
    raw: async () => {
      const raw = await connectRaw(url);
      onTestFinished(() => raw.close());

      return raw;
    },
    connect: async () => {
      const stream = await connectJetStream({ url, namespace });
      onTestFinished(() => stream.close());

      return stream;
    },
    /** An engine in this process. */
    engine: async () => {
      vi.stubEnv('NATS_URL', url);
      vi.stubEnv('WORKFLOW_NAMESPACE', namespace);
      const session = await openSession({ projectDir, engine: 'embedded' }, silent);
      onTestFinished(session.close);
      await session.node?.workOnAll();
      onTestFinished(await serveTriggers({ ...session, projectDir, onProgress: silent }));

      return session;
    },
    /** Takes everything away that the server has. */
    empty: async () => {
      const raw = await connectRaw(url);
      const { streams } = (await raw.api('STREAM.NAMES')) as { readonly streams?: readonly string[] | null };
      for (const stream of streams ?? []) await raw.api(`STREAM.DELETE.${stream}`);
      await raw.close();
    },
    /** `before`: done before the stream whose name ends like this is copied. */
    backup: async (before: Readonly<Record<string, () => Promise<unknown>>> = {}): Promise<Copied> => {
      const folder = await temporaryFolder();
      const copies = await openStreamCopies({ url, namespace });
      const doing: StreamCopies = {
        ...copies,
        copy: async (stream, copying) => {
          for (const [end, act] of Object.entries(before)) if (stream.endsWith(end)) await act();
          return copies.copy(stream, copying);
        },
      };
      const manifest = await copyAll(doing, { folder, namespace }, silent).finally(() => copies.close());

      return { folder, manifest };
    },
    restore: (copied: Copied, onProgress: (message: string) => void = silent, old?: StreamCopies) =>
      restoreTo({ url }, { ...copied, replicas: 1, old }, onProgress),
  };
}

export function definitionOf(content: string) {
  const result = loadDefinition({ file: 'given.yaml', content });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));

  return result.loaded;
}
