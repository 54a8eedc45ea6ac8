import { randomFillSync } from 'node:crypto';
import { monotonicFactory } from 'ulid';
import { createAbsences } from '../../engine/absences.ts';
import type { EngineNode, NodeDeps } from '../../engine/cluster/node.ts';
import { eraseAgain } from '../../engine/erasing.ts';
import { createCharts } from '../../engine/run-reader/charts.ts';
import { createRunReader, type RunReader } from '../../engine/run-reader/run-reader.ts';
import { linksNoted } from '../../engine/stations/link-marks.ts';
import { createWorkflows } from '../../engine/workflows.ts';
import { writeDocument } from '../../files/write-document.ts';
import { createSecretCipher } from '../../keys/cipher.ts';
import { createKeyRing } from '../../keys/key-ring.ts';
import { createProjectSecrets } from '../../keys/project-secrets.ts';
import { createSubjectKeys } from '../../keys/subject-keys.ts';
import { messageOf } from '../../lib/text.ts';
import type { SubjectKeys } from '../../ports/access/subject-keys.ts';
import { SiteFenced } from '../../ports/backup.ts';
import type { RunArchive } from '../../ports/runs/archive.ts';
import type { Ledger } from '../../ports/runs/ledger.ts';
import type { Workflows } from '../../ports/runs/workflows.ts';
import type { Performers } from '../../ports/work/handler.ts';
import { createErasureList } from '../../project/erasure-list.ts';
import type { JetStreamHandle } from '../../stores/jetstream/connect.ts';
import type { Login } from '../../stores/jetstream/connection/dial.ts';
import { endInOrder } from '../end-in-order.ts';
import { isDeadHere, ownedNow, thisHolder } from '../holder.ts';
import { libraryVersion } from '../library-version.ts';
import { systemClock } from '../system-clock.ts';
import { connectServer } from './connect-server.ts';
import { openArchive } from './open-archive.ts';
import { type OpenedRuns, openRuns } from './open-index.ts';
import { openLedger } from './open-ledger.ts';
import { openQuotas } from './open-quotas.ts';
import { type OpenStations, openStations } from './open-stations.ts';
import { openRunFiles, type RunFiles } from './run-files.ts';
import { openSessionAgents, type SessionOptions } from './session-agents.ts';
import { type StoreWatch, watchStore } from './store-watch.ts';

const ulid = monotonicFactory(createChance());

/** A connection to the journal of a project, with an engine in this process or without. */
export type ProjectSession = {
  readonly workflows: Workflows;
  readonly node: EngineNode | undefined;
  readonly stream: JetStreamHandle & { readonly namespace: string };
  /** Reads runs for everybody in this process. */
  readonly reader: RunReader;
  readonly ledger: Ledger;
  /** Runs that have left the journal. */
  readonly archive: RunArchive;
  /** The index of all runs, and what it is made of. */
  readonly indexed: OpenedRuns['indexed'];
  readonly sql: OpenedRuns['sql'];
  /** What an engine of this process is made of. */
  readonly engine: NodeDeps;
  readonly server: {
    readonly url: string;
    readonly version: string;
    readonly source: string;
    /** How further connections of this process say who they are, on the project's own server. */
    readonly login: Login | undefined;
  };
  /** What an engine of this process knows of the store; undefined without one. */
  readonly store: StoreWatch | undefined;
  /** The other stations; undefined where there are none, and without an engine. */
  readonly stations: OpenStations | undefined;
  readonly runFiles: RunFiles;
  readonly close: () => Promise<void>;
};

/** Changes what an engine is made of before it is made. */
export type Decorate = (deps: NodeDeps) => NodeDeps;

type OnProgress = (message: string) => void;

const nobody: Performers = { find: () => undefined };
const concurrencyMax = 64;
const startNoticeMs = 25;
const answerTimeoutMs = 15_000;
/** How long the parts of a session may take to end, so that a server that is gone holds nobody up. */
const nodeEndMs = 5_000;
const stationsEndMs = 1_000;
const agentsEndMs = 3_000;
const streamEndMs = 1_000;
const ledgerEndMs = 2_000;

/** Finds or brings up the server, connects, and brings up an engine where one is wanted. */
export async function openSession(
  options: SessionOptions,
  onProgress: OnProgress,
  decorate: Decorate = (deps) => deps,
): Promise<ProjectSession> {
  const { projectDir } = options;
  const { stream, source, login, reached, own, letServerGo } = await connectServer(options, onProgress);
  const failed = lettingGo(stream, letServerGo);
  const { engine, isEngine } = engineFor(stream, options);
  // Whoever only looks on opens values as well, and shows none where the store of keys does not answer.
  const trouble = isEngine ? failed : (error: unknown) => onProgress(messageOf(error));
  if (stream.mayLead) await erasedAgain(projectDir, stream, { isEngine, onProgress }).catch(trouble);
  const agents = await openSessionAgents({ projectDir, engine }, stream, onProgress).catch(failed);
  const runFiles = openRunFiles({ projectDir, entries: (...asked) => reader.entries(...asked), onProgress });
  const archive = openArchive(projectDir, stream);
  const ledger = openLedger(projectDir, stream, archive, onProgress);
  const store = isEngine ? watchStore({ stream, own, clock: systemClock, onProgress }) : undefined;
  const spanned = { projectDir, server: reached, marks: stream.triggerMarks, onProgress };
  const stations = isEngine ? await openUnfenced(stream, spanned).catch(closing(store, failed)) : undefined;
  const plain = await nodeDeps({ ...stream, ledger }, runFiles, options, onProgress).catch(failed);
  const given = decorate({ ...plain, ...agents.engine, ...spanning(plain, stations) });
  const charts = createCharts(given.definitions);
  const { indexed, runs, sql } = openRuns(projectDir, { ...stream, archive }, onProgress);
  const reader = createRunReader({ ...given, charts, keepsRuns: true, ledger, runs, archive });
  const quotas = openQuotas(projectDir, stream, reader);
  const deps = { ...given, charts, reader, quotas, storeTrouble: store?.trouble };
  const node = isEngine ? await startNode(deps).catch(closing(store, failed)) : undefined;
  const workflows = createWorkflows({ ...remoteRunClient({ stream, deps, agents }), ...(node && { node }) });
  if (node !== undefined) await runFiles.restore(workflows);

  return {
    ...{ workflows, node, stream, reader, ledger, archive, indexed, sql },
    engine: deps,
    server: { url: stream.url, version: stream.serverVersion, source, login },
    store,
    stations,
    runFiles,
    close: async () => {
      letServerGo();
      store?.close();
      const sides = [{ end: async () => stations?.close(), limitMs: stationsEndMs }, { end: runFiles.flush }];
      await endInOrder([
        { end: async () => node?.stop(), limitMs: nodeEndMs },
        { end: agents.close, limitMs: agentsEndMs },
        ...sides,
        { end: () => ledger.close(), limitMs: ledgerEndMs },
        { end: indexed.close },
        { end: () => stream.close(), limitMs: streamEndMs },
      ]);
    },
  };
}

/** What is asked about runs is answered from, besides an engine of this process. */
function remoteRunClient({
  stream,
  deps,
  agents: { roster, authority, rights },
}: {
  readonly stream: JetStreamHandle & { readonly namespace: string };
  readonly deps: NodeDeps & { readonly reader: RunReader };
  readonly agents: Awaited<ReturnType<typeof openSessionAgents>>;
}) {
  const { runSecrets, projectSecrets, subjectKeys, absences, reader } = deps;
  const owned = () => ownedNow(stream);
  const secrets = { runSecrets, projectSecrets, subjectKeys, absences };
  const links = () => linksNoted(stream.triggerMarks);
  const asked = { ...stream, ...secrets, reader, links, clock: systemClock, newRunId, answerTimeoutMs };

  return {
    ...asked,
    startsBy: deps.drafts?.definitions ?? deps.definitions,
    owned,
    roster,
    authority,
    rights,
  };
}

/** Behind a fence an engine would have nowhere to store what it does. Rejects with SiteFenced. */
async function openUnfenced(
  stream: Pick<JetStreamHandle, 'fence'>,
  spanned: Parameters<typeof openStations>[0],
): ReturnType<typeof openStations> {
  const fence = await stream.fence();
  if (fence !== undefined) throw new SiteFenced(fence);

  return openStations(spanned);
}

/** What an engine is made of besides, where there are other stations. */
function spanning(
  { onChange }: Pick<NodeDeps, 'onChange'>,
  stations: OpenStations | undefined,
): Pick<NodeDeps, 'stations'> & Partial<Pick<NodeDeps, 'onChange'>> {
  if (stations === undefined) return {};

  return {
    stations: stations.links,
    onChange: (run) => {
      onChange(run);
      stations.tellEnd(run);
    },
  };
}

function closing(store: StoreWatch | undefined, failed: (error: unknown) => Promise<never>) {
  return (error: unknown): Promise<never> => {
    store?.close();
    return failed(error);
  };
}

function lettingGo(stream: JetStreamHandle, letServerGo: () => void): (error: unknown) => Promise<never> {
  return async (error) => {
    letServerGo();
    await stream.close();
    throw error;
  };
}

/** Whoever carries nothing out does not load what carries out. */
async function performersFor(
  { engine }: SessionOptions,
  { events }: Pick<JetStreamHandle, 'events'>,
): Promise<Performers> {
  if (engine !== 'embedded') return nobody;
  const { createPerformers } = await import('../handlers.ts');

  return createPerformers({ events, clock: systemClock });
}

async function startNode(deps: NodeDeps): Promise<EngineNode> {
  const { createNode } = await import('../../engine/cluster/node.ts');

  return createNode(deps);
}

async function nodeDeps(
  stream: JetStreamHandle & Pick<ProjectSession, 'ledger'>,
  runFiles: RunFiles,
  options: SessionOptions,
  onProgress: OnProgress,
): Promise<NodeDeps> {
  const { projectDir } = options;
  const { journal, ledger, leases, definitions, commands, blobs, slots, triggerMarks, live } = stream;

  return {
    journal: ledger.following(journal),
    leases,
    definitions,
    commands,
    ...{ blobs, slots, live },
    snapshots: stream.snapshotsFor(libraryVersion()),
    runSecrets: stream.runSecrets(createSecretCipher(projectDir)),
    subjectKeys: subjectKeysOf(projectDir, stream),
    projectSecrets: createProjectSecrets(projectDir, process.env),
    absences: createAbsences(triggerMarks, systemClock),
    clock: systemClock,
    performers: await performersFor(options, stream),
    outputs: { write: async (path, value) => void (await writeDocument({ projectDir, path, value })) },
    projectDir,
    concurrencyMax,
    startNoticeMs,
    holder: thisHolder(),
    isDead: isDeadHere,
    onChange: runFiles.update,
    onTrouble: (run, error) => onProgress(`${run === '' ? '' : `run ${run}: `}${messageOf(error)}`),
  };
}

/** A user of the server that may not do what engines do asks those that may. */
function engineFor({ mayLead }: JetStreamHandle, { engine: wanted }: SessionOptions) {
  const engine = mayLead || wanted === 'none' ? wanted : ('asking' as const);

  return { engine, isEngine: engine === 'embedded' || engine === 'recording' };
}

/** A backup brings keys back that were destroyed since: they are destroyed again before anything is read with them. */
async function erasedAgain(
  projectDir: string,
  stream: Pick<JetStreamHandle, 'keyEntries'> & { readonly namespace: string },
  { isEngine, onProgress }: { readonly isEngine: boolean; readonly onProgress: OnProgress },
): Promise<void> {
  const list = createErasureList(projectDir, stream.namespace);
  const isUsed = (await createKeyRing(projectDir).list()).length > 0 || (await list.read()).length > 0;
  if (!isUsed) return;
  const count = await eraseAgain(subjectKeysOf(projectDir, stream), list, isEngine);
  if (count > 0) onProgress(`${count} keys of .3ox/erasures.json had come back, and were destroyed again`);
}

/** The keys that values are sealed with, wrapped with the master keys of the project. */
export function subjectKeysOf(
  projectDir: string,
  { keyEntries }: Pick<JetStreamHandle, 'keyEntries'>,
): SubjectKeys {
  return createSubjectKeys({ entries: keyEntries, codec: createKeyRing(projectDir) });
}

/** A new run id: a ULID in lower case, so that ids sort by when they were made. */
export function newRunId(): string {
  return ulid().toLowerCase();
}

/** Numbers from 0 to below 1. The system is asked for many at a time: to ask for each took most of what an id costs. */
function createChance(): () => number {
  const bytes = new Uint8Array(4_096);
  let at = bytes.length;

  return () => {
    if (at === bytes.length) {
      randomFillSync(bytes);
      at = 0;
    }
    const byte = bytes[at] ?? 0;
    at += 1;

    return byte / 256;
  };
}
