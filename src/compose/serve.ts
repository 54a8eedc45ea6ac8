import { once } from 'node:events';
import type { Enterprise } from '../../machines/goals/enterprise.ts';
import { shardOf } from '../../machines/shard.ts';
import type { HttpOptions, OnProgress, ServeOptions } from '../cli/app.ts';
import { createAgentsDesk } from '../engine/agents/agent-admin.ts';
import { createDrainMarks } from '../engine/agents/drain-marks.ts';
import { createBoard } from '../engine/board/board.ts';
import { compareOnReconnect } from '../engine/board/ledger.ts';
import type { EngineNode, NodeDeps } from '../engine/cluster/node.ts';
import { remoteRunClient } from '../engine/cluster/remote-run-client.ts';
import { createRunMeasuring } from '../engine/goals/ended-runs.ts';
import { createKpiBook } from '../engine/goals/kpi-book.ts';
import { measureKpis } from '../engine/goals/measure-kpis.ts';
import { createKpiTelling } from '../engine/goals/tell-kpi.ts';
import type { UnendingWork } from '../engine/keep-up.ts';
import { retainDaily } from '../engine/retention/daily.ts';
import type { RunReader } from '../engine/run-reader/run-reader.ts';
import type { KnownTrigger } from '../engine/triggers/known-triggers.ts';
import { createLocalDefinitions } from '../engine/triggers/local-definitions.ts';
import { createTriggersNode } from '../engine/triggers/triggers-node.ts';
import { messageOf } from '../lib/text.ts';
// An engine brings the server up again, perhaps after its installation was replaced: what that takes is loaded now.
import '../nats-server/provision-server.ts';
import { SiteFenced } from '../ports/backup.ts';
import type { DefinitionStore } from '../ports/definitions/definition-store.ts';
import type { RunRetention } from '../ports/retention.ts';
import type { ServeFile } from '../ports/serve-file.ts';
import type { AgentsDesk } from '../ports/work/agent-admin.ts';
import { createDefinitionsFolder } from '../project/definitions-folder.ts';
import { openEnterpriseFile } from '../project/enterprise-file.ts';
import { createFileDrops } from '../project/file-drops.ts';
import type { JetStreamHandle } from '../stores/jetstream/connect.ts';
import { openWatch } from './alerts.ts';
import { engineBeside, refuseBesideDev, refuseBesideEngines } from './dev/engines-beside.ts';
import { type EndingPart, endInOrder } from './end-in-order.ts';
import { projectWorld } from './local-world.ts';
import { noteDashboard } from './session/note-dashboard.ts';
import { everybody } from './session/observer-session.ts';
import { retentionOf } from './session/open-retention.ts';
import { type Decorate, openSession, type ProjectSession } from './session/open-session.ts';
import type { OpenStations } from './session/open-stations.ts';
import { followBundle, prepareFolder } from './session/serve-bundle.ts';
import { systemClock } from './system-clock.ts';

const localEndMs = 1_000;
/** Many definitions may be registered at once: what counts is told once for all of them. */
const tellAfterMs = 200;
const kinds = { event: 'event', cron: 'schedule', file: 'file' } as const;

const holding = {
  true: 'this engine looks after the triggers of all',
  false: 'this engine looks after the triggers of all no longer',
};

/** How long each part may hold the end up. */
const endMs = 2_000;

/** How long giving the leases back may take, once nothing is under way. */
const giveBackMs = 3_000;
/** How long what triggers are about to start may hold the end up: another engine starts it. */
const endTriggersMs = 6_000;
/** How long whoever looks on may hold it up. */
const endLookoutMs = 4_000;
const endEditingMs = 6_000;

/** The user in NATS_URL may not do what engines do. The reaction: use that of an engine. */
class NoEngineUser extends Error {
  override readonly name = 'NoEngineUser';
  readonly code = 'authority.engine';

  constructor(url: string) {
    super(
      `the user in NATS_URL may not run an engine on ${url}; give the address of the user "engine" that ` +
        '`workflow nats-config` wrote',
    );
  }
}

/** What is done besides, by whoever edits the project that is served. */
export type ServedEditing = {
  /** In place of registering what is in files. Resolves with what ends it. */
  readonly openFiles: () => Promise<() => Promise<void>>;
  /** Told when the engine is up. Resolves with what ends it. */
  readonly begin: (session: ProjectSession) => Promise<() => Promise<void>>;
};

/** Runs an engine that shares all runs with the others, until the signal aborts and what is under way is over. */
export async function serve(
  { projectDir, signal, drainMs, http, bundle }: ServeOptions,
  onProgress: OnProgress,
  decorate?: Decorate,
  editing?: ServedEditing,
): Promise<void> {
  await prepareFolder(projectDir, bundle, onProgress);
  const session = await openSession({ projectDir, engine: 'embedded' }, onProgress, decorate);
  const parts: EndingPart[] = [];
  try {
    if (session.node === undefined) throw new NoEngineUser(session.server.url);
    const { node, server, stream } = session;
    await (editing === undefined ? refuseBesideDev : refuseBesideEngines)(session);
    const endFollowing = followBundle(projectDir, bundle, { bundles: stream.bundles, onProgress });
    parts.push({ end: async () => endFollowing() });
    // Before it takes any work: an address that is taken ends it.
    const lookout = await openLookout({ projectDir, session, http, onProgress });
    parts.push({ end: lookout.end, limitMs: endLookoutMs });
    await node.workOnAll();
    const retention = retentionOf(projectDir, session, onProgress);
    const { settings } = lookout;
    const served = { ...session, projectDir, onProgress, retention, settings };
    const endTriggers = await serveTriggers({ ...served, ...editing });
    parts.push({ end: endTriggers, limitMs: endTriggersMs });
    const endStations = await serveStations(session, node);
    parts.push({ end: endStations, limitMs: endMs });
    onProgress(`engine ready on ${server.url} (NATS ${server.version})`);
    if (editing !== undefined) parts.unshift({ end: await editing.begin(session), limitMs: endEditingMs });
    const ended = signal.aborted ? undefined : await untilEnd(session, signal, editing !== undefined);
    // What is under way has nowhere to tell of its end.
    const waitMs = ended instanceof SiteFenced ? 0 : drainMs;
    // Where the leases cannot be reached, they run out by themselves.
    parts.push({ end: () => node.drain(waitMs), limitMs: waitMs + giveBackMs });
    if (ended !== undefined) throw ended;
  } finally {
    await endInOrder([...parts, { end: session.close }]);
  }
}

/** Resolves when the signal aborts, or with what stands in the way of going on. */
async function untilEnd(
  session: ProjectSession,
  signal: AbortSignal,
  isEditing: boolean,
): Promise<Error | undefined> {
  const over = new AbortController();
  const aborted = once(signal, 'abort').then(() => undefined);
  const beside = isEditing ? [engineBeside(session, over.signal)] : [];
  try {
    return await Promise.race([aborted, session.store?.fenced, ...beside]);
  } finally {
    over.abort();
  }
}

/**
 * What looks on while an engine serves: alerts are said, and people see and ask over HTTP where that is wanted. Rejects
 * with HttpNotOpened, and where serve.yaml cannot be used. Resolves with what ends it, and with serve.yaml.
 */
async function openLookout(options: {
  readonly projectDir: string;
  readonly session: ProjectSession;
  readonly http: HttpOptions | undefined;
  readonly onProgress: OnProgress;
}): Promise<{ readonly end: () => Promise<void>; readonly settings: Pick<ServeFile, 'current'> }> {
  const { projectDir, session, http, onProgress } = options;
  const { ledger, stream } = session;
  const board = createBoard({ ...session.indexed, clock: systemClock, onTrouble: onProgress, ledger });
  void board.ready.then(() => session.runFiles.catchUp(board, session.reader.charts));
  const stopComparing = compareOnReconnect(ledger, stream, onProgress);
  // What was opened last ends first.
  const parts: EndingPart[] = [
    { end: async () => stopComparing() },
    { end: () => board.close(), limitMs: endMs },
  ];
  const end = () => endInOrder(parts);
  try {
    const agents = agentsDesk(session);
    const watch = await openWatch({ projectDir, session, board, agents, onProgress });
    parts.unshift({ end: () => watch.close(), limitMs: endMs });
    const lookout = { end, settings: watch.file };
    if (http === undefined) return lookout;
    const { openHttpApi } = await import('./http-api.ts');
    const { url, link, isNext, close } = await openHttpApi({ ...options, http, board, agents, watch });
    parts.unshift({ end: close });
    watch.dashboardAt(url);
    parts.unshift({ end: await noteDashboard(projectDir, url) });
    if (isNext) onProgress('the usual port of the dashboard is taken: the next that is free is used');
    onProgress(`dashboard on ${link}`);

    return lookout;
  } catch (error) {
    await end();
    throw error;
  }
}

/** Other stations are answered. Resolves with what ends it. */
async function serveStations(
  { stations, stream, engine, reader }: ProjectSession,
  node: EngineNode,
): Promise<() => Promise<void>> {
  if (stations === undefined) return () => Promise.resolve();
  const otherRuns = remoteRunClient(stream.commands, shardOf, node.workOn);

  return stations.serve({ ...engine, reader, otherRuns });
}

/** Over the roster of the engine, which knows already who is there. */
function agentsDesk({ engine, stream }: ProjectSession): AgentsDesk {
  const { work, authority = everybody } = engine;
  // Only an engine that carries nothing out has none, and that one serves nobody.
  if (work === undefined) throw new Error('an engine without agents cannot serve');

  return createAgentsDesk({
    roster: work.roster,
    // An engine asks who is there as it comes up, and goes on hearing of them.
    ready: () => Promise.resolve(),
    marks: createDrainMarks(stream.agentMarks),
    authority,
    clock: systemClock,
    depths: () => stream.workDepths(),
    close: () => Promise.resolve(),
  });
}

export type ServedTriggers = {
  readonly projectDir: string;
  readonly stream: Pick<
    JetStreamHandle,
    'inbox' | 'outcomes' | 'triggerMarks' | 'events' | 'openEvents' | 'kpis' | 'bundles'
  >;
  readonly reader: RunReader;
  /** What the engine of this process is made of. */
  readonly engine: NodeDeps;
  readonly stations?: Pick<OpenStations, 'isStartedByOthers'> | undefined;
  /** serve.yaml; absent: there is none. */
  readonly settings?: Pick<ServeFile, 'current'> | undefined;
  /** Lets runs leave the journal once a day; absent: they stay. */
  readonly retention?: Pick<RunRetention, 'sweep'> | undefined;
  /** In place of registering what is in files. */
  readonly openFiles?: ServedEditing['openFiles'] | undefined;
  readonly onProgress: (message: string) => void;
};

/**
 * Looks after what starts runs by itself, alongside an engine that serves: the triggers of the project's definitions
 * are registered, and all triggers that count carried out. Resolves with what ends it.
 */
export async function serveTriggers(served: ServedTriggers): Promise<() => Promise<void>> {
  const { projectDir, stream, engine, onProgress } = served;
  // What is published once this engine says that it is ready must not be lost.
  await stream.openEvents().catch(troubleOf(onProgress));
  const enterprise = await openEnterpriseFile({ projectDir, clock: systemClock, onProblem: onProgress });
  const isWanted = served.stations?.isStartedByOthers ?? (() => false);
  const {
    openFiles = () =>
      openLocalTriggers({ projectDir, definitions: engine.definitions, isWanted, onProgress }),
  } = served;
  const endLocal = await openFiles();
  const local = {
    end: async () => {
      enterprise.close();
      await endLocal();
    },
    limitMs: localEndMs,
  };
  try {
    const end = startNode(served, enterprise.current);

    return () => endInOrder([{ end }, local]);
  } catch (error) {
    await endInOrder([local]);
    throw error;
  }
}

function startNode(served: ServedTriggers, enterprise: () => Enterprise): () => Promise<void> {
  const { projectDir, stream, reader, engine, onProgress } = served;
  const { clock } = engine;
  const node = createTriggersNode({
    ...engine,
    inbox: stream.inbox,
    outcomes: stream.outcomes,
    marks: stream.triggerMarks,
    events: stream.events,
    bundles: stream.bundles,
    reader,
    works: [kpiMeasuring(served, enterprise), ...retaining(served)],
    tellsAlways: () => served.settings?.current().tellsAlways === true,
    drops: createFileDrops({ projectDir, clock, onProblem: onProgress }),
    onHolding: (isHolding) => onProgress(holding[`${isHolding}`]),
    onTrouble: troubleOf(onProgress),
  });
  let told = '';
  let cancelTelling = (): void => undefined;
  const tell = (): void => {
    const counted = countOf(node.known.all());
    if (counted !== told && (counted !== '' || told !== ''))
      onProgress(counted === '' ? 'no triggers' : counted);
    told = counted;
  };
  node.known.onChange(() => {
    cancelTelling();
    cancelTelling = clock.after(tellAfterMs, tell);
  });
  node.start();

  return async () => {
    cancelTelling();
    await node.stop();
  };
}

function retaining({ retention, stream, engine, onProgress }: ServedTriggers): readonly UnendingWork[] {
  if (retention === undefined) return [];

  return [retainDaily({ retention, marks: stream.triggerMarks, clock: engine.clock, onProgress })];
}

/** Measures the KPIs of the project. */
function kpiMeasuring(
  { stream, reader, engine, onProgress }: ServedTriggers,
  enterprise: () => Enterprise,
): UnendingWork {
  const { journal, clock } = engine;
  const onTrouble = (error: unknown) => onProgress(`goals: ${messageOf(error)}`);
  const book = createKpiBook(stream.kpis);
  const onClosed = createKpiTelling({ events: stream.events, marks: stream.triggerMarks, clock });
  const deps = { journal, book, runs: createRunMeasuring(reader), enterprise, onClosed, clock, onTrouble };

  return (signal) => measureKpis(deps, signal);
}

function troubleOf(onProgress: ServedTriggers['onProgress']): (error: unknown) => void {
  return (error) => onProgress(`triggers: ${messageOf(error)}`);
}

/** Such as `3 triggers: 2 events, 1 schedule`; nothing where there are none. */
function countOf(triggers: readonly KnownTrigger[]): string {
  const each = Object.entries(kinds).flatMap(([kind, name]) => {
    const count = triggers.filter(({ compiled }) => compiled.trigger.kind === kind).length;
    return count === 0 ? [] : [countedText(count, name)];
  });

  return each.length === 0 ? '' : `${countedText(triggers.length, 'trigger')}: ${each.join(', ')}`;
}

function countedText(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/**
 * Registers the definitions of the project's `definitions/` that have triggers or that other stations may start, now
 * and whenever they change. Resolves
 * when those that are there have been, as far as that goes; with what ends it.
 */
function openLocalTriggers({
  projectDir,
  definitions,
  isWanted,
  onProgress,
}: {
  readonly projectDir: string;
  readonly definitions: DefinitionStore;
  readonly isWanted: (definition: string) => boolean;
  readonly onProgress: (message: string) => void;
}): Promise<() => Promise<void>> {
  const folder = createDefinitionsFolder({
    projectDir,
    clock: systemClock,
    world: () => projectWorld(projectDir),
    onProblem: onProgress,
  });

  return folder.watch(
    createLocalDefinitions({
      definitions,
      isWanted,
      onRegistered: ({ loaded: { ref }, file }) =>
        onProgress(`registered ${ref.id} version ${ref.version} from ${file}`),
      onTrouble: (error) => onProgress(messageOf(error)),
    }),
  );
}
