import type { HttpOptions, OnProgress } from '../cli/app.ts';
import { versionText } from '../cli/version.ts';
import { createFailureTriage } from '../engine/queries/failure-triage.ts';
import { createKnownTriggers } from '../engine/triggers/known-triggers.ts';
import { createTriggersDesk } from '../engine/triggers/trigger-admin.ts';
import { shippedPath } from '../files/package-path.ts';
import type { ApiDeps } from '../http/api.ts';
import { createApi } from '../http/create-api.ts';
import { type Listening, listen } from '../http/listen.ts';
import { isLoopbackName } from '../http/visitor.ts';
import { webFiles } from '../http/web-files.ts';
import { messageOf } from '../lib/text.ts';
import type { TriggersDesk } from '../ports/events/trigger-admin.ts';
import { createLayout } from '../project/layout.ts';
import { createProjectDefinitions } from '../project/project-definitions.ts';
import { createTokensFile } from '../project/tokens-file.ts';
import { createRunBook } from '../projections/run/run-book.ts';
import type { Watch } from './alerts.ts';
import { createDefinitionTests } from './definition-tests.ts';
import { endInOrder } from './end-in-order.ts';
import { isDeadHere } from './holder.ts';
import { everybody } from './session/observer-session.ts';
import type { ProjectSession } from './session/open-session.ts';
import { openOperations } from './session/operations.ts';
import { systemClock } from './system-clock.ts';

export type ServedApi = Pick<ApiDeps, 'board' | 'agents'> & {
  readonly projectDir: string;
  readonly session: ProjectSession;
  readonly http: HttpOptions;
  readonly watch: Watch;
  readonly onProgress: OnProgress;
};

type Opened =
  | 'board'
  | 'rows'
  | 'agents'
  | 'layout'
  | 'triggers'
  | 'work'
  | 'hooks'
  | 'metrics'
  | 'alertFeed';
type PlainDeps = Omit<ApiDeps, Opened>;

const portDefault = 7420;
/** How long each part may hold the end up. */
const endMs = 2_000;

/** Opens the HTTP API and the dashboard. Rejects with HttpNotOpened. */
export async function openHttpApi(served: ServedApi): Promise<Omit<Listening, 'port'>> {
  const { session, http, board, agents, onProgress } = served;
  const onTrouble = (error: unknown) => onProgress(`http: ${messageOf(error)}`);
  const layout = createLayout();
  const triggers = triggersDesk(session, onTrouble);
  const operations = openOperations(served);
  const parts = [operations, layout, triggers].map((part) => ({ end: () => part.close(), limitMs: endMs }));
  const deps: ApiDeps = {
    ...plainDeps(served),
    ...operations.deps,
    board,
    rows: session.reader.rows(board, createRunBook),
    agents,
    layout,
    triggers,
  };
  try {
    const web = await webFiles(shippedPath('dist/web'));
    const api = createApi(deps, { web, onTrouble });
    const listening = await listen(api, { ...http, guard: guardOf(http), portDefault });

    return {
      ...listening,
      close: () => endInOrder([{ end: () => listening.close(), limitMs: endMs }, ...parts]),
    };
  } catch (error) {
    await endInOrder(parts);
    throw error;
  }
}

/** What needs nothing to be opened. */
function plainDeps({ projectDir, session, http }: ServedApi): PlainDeps {
  return {
    workflows: session.workflows,
    access: createTokensFile({ projectDir, clock: systemClock }),
    definitionFiles: createProjectDefinitions({ projectDir }),
    tests: createDefinitionTests(systemClock, projectDir),
    triage: createFailureTriage(session.stream.triggerMarks),
    authority: session.engine.authority,
    importer: async () => (await import('../importers/conductor/import-conductor.ts')).importConductor,
    doctor: async () => (await import('./doctor/doctor.ts')).doctor({ projectDir }, () => undefined),
    clock: systemClock,
    project: {
      dir: projectDir,
      namespace: process.env['WORKFLOW_NAMESPACE'] ?? 'default',
      version: versionText(),
    },
    isConnected: session.stream.isConnected,
    readOnly: http.readOnly,
    actor: http.actor,
    isLoopback: isLoopbackName(http.host),
    isSecure: (headers) => http.trustProxy && headers.get('x-forwarded-proto') === 'https',
    band: process.env['WORKFLOW_BAND'],
  };
}

function guardOf({ host, allowHosts }: HttpOptions) {
  const name = host.includes(':') ? `[${host}]` : host;

  return { isLoopback: isLoopbackName(host), hosts: [name.toLowerCase(), ...allowHosts] };
}

function triggersDesk(
  { engine, reader, stream }: ProjectSession,
  onTrouble: (error: unknown) => void,
): TriggersDesk {
  const { definitions } = engine;

  return createTriggersDesk({
    known: createKnownTriggers({ definitions, clock: systemClock, onTrouble }),
    marks: stream.triggerMarks,
    outcomes: stream.outcomes,
    events: stream.events,
    reader,
    leases: stream.leases,
    authority: engine.authority ?? everybody,
    clock: systemClock,
    isDead: isDeadHere,
    close: () => Promise.resolve(),
  });
}
