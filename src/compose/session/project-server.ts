import { sha256Hex } from '../../../machines/hash.ts';
import { ensurePrivateFolder } from '../../files/private-file.ts';
import {
  type EmbeddedServer,
  embeddedServerTrouble,
  ensureEmbeddedServer,
  restartEmbeddedServer,
  stopUnusedServer,
} from '../../nats-server/embedded-server.ts';
import { askHealth, askOtherClients } from '../../stores/jetstream/connection/dial.ts';
import { serverLinksOf } from './open-stations.ts';
import type { OwnServer } from './store-watch.ts';

/** Finds the project's own server or starts it, in a folder that is nobody else's. */
export async function bringUpServer(
  projectDir: string,
  onProgress: (message: string) => void = () => undefined,
): Promise<EmbeddedServer> {
  // Whoever needs the folder says what is wrong with it.
  await ensurePrivateFolder(projectDir).catch(() => undefined);

  const links = await serverLinksOf(projectDir);

  return ensureEmbeddedServer({ projectDir, env: process.env, onProgress, links });
}

/** The server that NATS_URL names, else the project's own, which is brought up. */
export async function serverInUse(
  projectDir: string,
): Promise<Pick<EmbeddedServer, 'url'> & Partial<EmbeddedServer>> {
  const named = process.env['NATS_URL'] ?? '';

  return named === '' ? bringUpServer(projectDir) : { url: named };
}

/** The project's own server, to be looked into and started anew. */
export function ownServerOf(projectDir: string): OwnServer {
  return {
    trouble: () => embeddedServerTrouble(projectDir, askHealth),
    restart: async (name) => {
      const links = await serverLinksOf(projectDir);
      return restartEmbeddedServer({ projectDir, env: process.env, askHealth, links }, name);
    },
  };
}

/** Ends the project's own server, unless another process uses it. */
export function stopUnlessUsed(projectDir: string): ReturnType<typeof stopUnusedServer> {
  return stopUnusedServer(projectDir, askOtherClients);
}

/** Which of the namespaces on a server is used. */
export function namespaceFrom(env: Readonly<Record<string, string | undefined>>): string {
  return env['WORKFLOW_NAMESPACE'] ?? 'default';
}

/** Which server is used, the project's own where `url` is empty, and which of the namespaces on it. */
export type ServerChoice = { readonly url: string; readonly namespace: string };

/** As the environment says, where nothing else does. */
export function serverChoice({ url, namespace }: Partial<ServerChoice> = {}): ServerChoice {
  return { url: url ?? process.env['NATS_URL'] ?? '', namespace: namespace ?? namespaceFrom(process.env) };
}

/** How files of the project are called that are about one journal: that of another server or namespace has its own. */
export function journalFileName(url: string, choice = serverChoice()): string {
  const server = choice.url === '' ? 'own' : sha256Hex(url).slice(0, 12);

  return `${server}-${choice.namespace}`;
}

/** The number of replicas is none that a stream can have. The reaction: correct it. */
class ReplicasInvalid extends Error {
  override readonly name = 'ReplicasInvalid';
  readonly code = 'usage.replicas';

  constructor(given: string) {
    super(
      `WORKFLOW_REPLICAS is ${JSON.stringify(given.slice(0, 80))}; use 1, or 3 or 5 on a cluster of as many servers: ` +
        'an even number survives no more failures than the odd one below it',
    );
  }
}

const replicasOf: Readonly<Record<string, number>> = { '': 1, '1': 1, '3': 3, '5': 5 };

/** On how many servers each event is kept, as the environment asks for it: 1 unless it says otherwise. */
export function replicasFrom(env: Readonly<Record<string, string | undefined>>): number {
  const given = (env['WORKFLOW_REPLICAS'] ?? '').trim();
  const replicas = Object.hasOwn(replicasOf, given) ? replicasOf[given] : undefined;
  if (replicas === undefined) throw new ReplicasInvalid(given);

  return replicas;
}
