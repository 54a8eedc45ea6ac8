import type { KnownWorld } from '../../../machines/language/world/world.ts';
import type { OnProgress, OpenPorts, Watching } from '../../cli/app.ts';
import { versionText } from '../../cli/version.ts';
import { createAbsences } from '../../engine/absences.ts';
import { createAgentsDesk } from '../../engine/agents/agent-admin.ts';
import { createDrainMarks } from '../../engine/agents/drain-marks.ts';
import { createBoard } from '../../engine/board/board.ts';
import { refusedFeature } from '../../engine/cluster/cluster-features.ts';
import { createErasures } from '../../engine/erasing.ts';
import { createGoals } from '../../engine/goals/goals.ts';
import { createFailureTriage } from '../../engine/queries/failure-triage.ts';
import { createKnownTriggers } from '../../engine/triggers/known-triggers.ts';
import { createTriggersDesk } from '../../engine/triggers/trigger-admin.ts';
import { createKeyRing } from '../../keys/key-ring.ts';
import { createSigningKeys } from '../../keys/project-keys.ts';
import { createProjectSecrets } from '../../keys/project-secrets.ts';
import { delay, within } from '../../lib/deadline.ts';
import { once } from '../../lib/once.ts';
import { messageOf } from '../../lib/text.ts';
import { isServerUp } from '../../nats-server/embedded-server.ts';
import { knownWorld } from '../../operations/definitions/known-world.ts';
import type { Authority } from '../../ports/access/authority.ts';
import type { Erasures } from '../../ports/access/erasures.ts';
import type { TriggersDesk } from '../../ports/events/trigger-admin.ts';
import { readEnterprise } from '../../project/enterprise-file.ts';
import { createErasureList } from '../../project/erasure-list.ts';
import { createLayout } from '../../project/layout.ts';
import { createProjectBundle } from '../../project/project-bundle.ts';
import { createProjectDefinitions } from '../../project/project-definitions.ts';
import { createRunBook } from '../../projections/run/run-book.ts';
import { createDefinitionTests } from '../definition-tests.ts';
import { endInOrder } from '../end-in-order.ts';
import { galleryOf } from '../gallery.ts';
import { isDeadHere } from '../holder.ts';
import { localWorld } from '../local-world.ts';
import { systemClock } from '../system-clock.ts';
import { ownerKeys } from './note-dashboard.ts';
import { type OpenRoster, openRoster, rollCallMs } from './open-agents.ts';
import { retentionOf } from './open-retention.ts';
import { openSession, type ProjectSession, subjectKeysOf } from './open-session.ts';
import { serverChoice } from './project-server.ts';

/** Who may do what where nobody looks after that: everybody everything. */
export const everybody: Authority = { refusal: () => undefined };

const endMs = 2_000;
/** A check of definitions waits no longer for a server. */
const answerMsMax = 3_000;

type Opened = OpenPorts & { readonly session: ProjectSession; readonly ports: Ports };
type Ports = OpenPorts['ports'];

/** Connects to what runs, to look on; commands go to the engines that are there. */
export async function openWatching(projectDir: string, onProgress: OnProgress): Promise<Watching> {
  const { ports, close } = await openPorts(projectDir, onProgress);
  const { workflows, board, agents, project } = ports;

  return {
    workflows,
    board,
    agents,
    namespace: project.namespace,
    url: ownerKeys(projectDir).link,
    close,
  };
}

/** Connects to what runs, for operations; what changes a run is asked of the engines that are there. */
export async function openPorts(
  projectDir: string,
  onProgress: OnProgress,
  server = serverChoice(),
): Promise<Opened> {
  const session = await openSession({ projectDir, engine: 'none', server }, onProgress);
  try {
    const { ports, close } = await portsOver(projectDir, session, onProgress);

    return {
      session,
      ports,
      close: () => endInOrder([{ end: close }, { end: session.close, limitMs: endMs }]),
    };
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** What operations are carried out on, over a session that somebody else closes. */
export async function portsOver(
  projectDir: string,
  session: ProjectSession,
  onProgress: OnProgress,
): Promise<OpenPorts> {
  const { stream } = session;
  const declared = await openRoster({ projectDir, stream, onProgress, readOnly: true });
  const agents = createAgentsDesk({
    ...declared,
    ready: once(() => delay(systemClock, rollCallMs)),
    marks: createDrainMarks(stream.agentMarks),
    clock: systemClock,
    depths: () => stream.workDepths(),
    close: async () => declared.close(),
  });
  const onTrouble = (error: unknown) => onProgress(messageOf(error));
  const authority = strictly(declared);
  const triggers = openTriggers({ ...session, authority }, onTrouble);
  const parts: { close(): Promise<void> }[] = [triggers, agents];
  const kept = <Part extends { close(): Promise<void> }>(part: Part): Part => {
    parts.unshift(part);
    return part;
  };
  // Most commands need neither all runs nor a picture.
  const board = once(() => kept(createBoard({ ...session.indexed, clock: systemClock, onTrouble })));
  const layout = once(() => kept(createLayout()));
  const rows = once(() => session.reader.rows(board(), createRunBook));

  return {
    ports: {
      ...guarded(plainPorts(projectDir, session, onProgress), authority),
      agents,
      triggers,
      get board() {
        return board();
      },
      get layout() {
        return layout();
      },
      get rows() {
        return rows();
      },
    },
    close: () => endInOrder(parts.map((part) => ({ end: () => part.close(), limitMs: endMs }))),
  };
}

/** What no engine looks after is refused here. */
function guarded<Given extends Pick<Ports, 'absences' | 'erasures' | 'retention' | 'bundles'>>(
  ports: Given,
  authority: Authority,
) {
  const { absences, erasures, retention, bundles } = ports;

  return {
    ...ports,
    absences: { ...absences, authority },
    erasures: { ...erasures, authority },
    retention: { ...retention, authority },
    bundles: { ...bundles, authority },
  };
}

/** Where agents.yaml cannot be used, it cannot be told who may do what: nobody may. */
function strictly({ authority, invalid }: OpenRoster): Authority {
  return {
    refusal: (...asked) => {
      if (invalid !== undefined) throw invalid;
      return authority.refusal(...asked);
    },
  };
}

/** What needs nothing to be opened. */
export function plainPorts(
  projectDir: string,
  session: Pick<
    ProjectSession,
    'workflows' | 'stream' | 'reader' | 'sql' | 'ledger' | 'archive' | 'indexed' | 'engine'
  >,
  onTrouble: (message: string) => void,
): Omit<Ports, 'board' | 'rows' | 'agents' | 'triggers' | 'layout'> {
  const { workflows, stream, reader, sql } = session;

  return {
    workflows,
    sql,
    definitionFiles: createProjectDefinitions({ projectDir }),
    bundles: bundlesOf(projectDir, stream),
    gallery: galleryOf({ projectDir }),
    world: () => localWorld(projectDir),
    tests: createDefinitionTests(systemClock, projectDir),
    triage: createFailureTriage(stream.triggerMarks),
    absences: createAbsences(stream.triggerMarks, systemClock),
    goals: createGoals({
      ...stream,
      reader,
      clock: systemClock,
      enterprise: () => readEnterprise(projectDir),
    }),
    erasures: erasuresOf(projectDir, session),
    retention: retentionOf(projectDir, session, onTrouble),
    importer: async () => (await import('../../importers/conductor/import-conductor.ts')).importConductor,
    doctor: async () => (await import('../doctor/doctor.ts')).doctor({ projectDir }, () => undefined),
    clock: systemClock,
    project: {
      dir: projectDir,
      namespace: stream.namespace,
      version: versionText(),
    },
    readOnly: false,
  };
}

function bundlesOf(
  projectDir: string,
  { bundles, leases, mayLead }: ProjectSession['stream'],
): Ports['bundles'] {
  return {
    store: bundles,
    project: createProjectBundle({
      projectDir,
      secrets: () => createProjectSecrets(projectDir, process.env).values(),
    }),
    refusal: async () => (mayLead ? refusedFeature({ leases, isDead: isDeadHere }, 'bundles') : notAnEngine),
  };
}

/** Who may do what stands in a bundle: no user of the server says that for itself. */
const notAnEngine = {
  code: 'bundle.not-engine',
  message:
    'a bundle says who may do what: it is published with the address of the user "engine" in NATS_URL, or over HTTP',
};

function erasuresOf(
  projectDir: string,
  { workflows, reader, stream }: Pick<ProjectSession, 'workflows' | 'reader' | 'stream'>,
): Erasures {
  return createErasures({
    ...{ workflows, reader, clock: systemClock },
    subjectKeys: subjectKeysOf(projectDir, stream),
    masterKeys: createKeyRing(projectDir),
    signing: createSigningKeys(projectDir),
    erasureList: createErasureList(projectDir, stream.namespace),
    namespace: stream.namespace,
  });
}

/** Where triggers are looked after in the process of a session, which ends with it. */
export function openTriggers(
  {
    engine,
    reader,
    stream,
    authority,
  }: Pick<ProjectSession, 'engine' | 'reader' | 'stream'> & { readonly authority: Authority },
  onTrouble: (error: unknown) => void,
): TriggersDesk {
  return createTriggersDesk({
    known: createKnownTriggers({
      ...{ definitions: engine.definitions, bundles: stream.bundles, clock: systemClock, onTrouble },
    }),
    marks: stream.triggerMarks,
    outcomes: stream.outcomes,
    events: stream.events,
    reader,
    leases: stream.leases,
    authority,
    clock: systemClock,
    isDead: isDeadHere,
    close: () => Promise.resolve(),
  });
}

/** What a server of the project that is up says as well; undefined where none answers. None is started. */
export async function registeredWorld(projectDir: string): Promise<KnownWorld | undefined> {
  const isThere = (process.env['NATS_URL'] ?? '') !== '' || (await isServerUp(projectDir));
  if (!isThere) return undefined;

  return within(systemClock, answerMsMax, askServer(projectDir));
}

async function askServer(projectDir: string): Promise<KnownWorld> {
  const { ports, close } = await openPorts(projectDir, () => undefined);
  try {
    await ports.agents.ready();
    return await knownWorld(ports);
  } finally {
    await close();
  }
}
