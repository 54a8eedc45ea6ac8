import { isLoopbackName } from '../../machines/loopback.ts';
import type { HttpOptions, OnProgress } from '../cli/app.ts';
import { lostTexts } from '../engine/board/ledger.ts';
import { shippedPath } from '../files/package-path.ts';
import type { ApiDeps } from '../http/api.ts';
import { createApi } from '../http/create-api.ts';
import { type Listening, listen } from '../http/listen.ts';
import type { AnswerMcp } from '../http/routes/mcp.ts';
import { webFiles } from '../http/web-files.ts';
import { createAnswerLinks } from '../keys/answer-links.ts';
import { createSecretCipher } from '../keys/cipher.ts';
import { messageOf } from '../lib/text.ts';
import { type LoadedOperation, loadAllOperations } from '../operations/load-operations.ts';
import { createLayout } from '../project/layout.ts';
import { createOwner } from '../project/owner-token.ts';
import { createTokensFile } from '../project/tokens-file.ts';
import { createRunBook } from '../projections/run/run-book.ts';
import { createOidcClient } from '../sign-in/oidc-client.ts';
import type { Watch } from './alerts.ts';
import { endInOrder } from './end-in-order.ts';
import { openHttpParts } from './session/http-parts.ts';
import { everybody, openTriggers, plainPorts } from './session/observer-session.ts';
import type { ProjectSession } from './session/open-session.ts';
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
  | 'alertFeed'
  | 'identity';
type PlainDeps = Omit<ApiDeps, Opened>;

const portDefault = 7420;
/** How long each part may hold the end up. */
const endMs = 2_000;
/** The leases of an engine end when they were not renewed for so long. */
const silentMsMax = 10_000;

/** `link`: the address, which signs a browser of this machine in. */
type OpenedApi = Omit<Listening, 'port'> & { readonly link: string };

/** Opens the HTTP API and the dashboard. Rejects with HttpNotOpened. */
export async function openHttpApi(served: ServedApi): Promise<OpenedApi> {
  const { session, http, board, agents, onProgress } = served;
  const onTrouble = (error: unknown) => onProgress(`http: ${messageOf(error)}`);
  const layout = createLayout();
  const triggers = openTriggers({ ...session, authority: session.engine.authority ?? everybody }, onTrouble);
  const others = openHttpParts(served);
  const parts = [others, layout, triggers].map((part) => ({ end: () => part.close(), limitMs: endMs }));
  const deps: ApiDeps = {
    ...plainDeps(served),
    identity: createOidcClient({
      settings: () => served.watch.file.current().oidc,
      secrets: session.engine.projectSecrets,
    }),
    ...others.deps,
    board,
    rows: session.reader.rows(board, createRunBook),
    agents,
    layout,
    triggers,
  };
  try {
    const web = await webFiles(shippedPath('dist/web'));
    const operations = await loadAllOperations();
    const mcp = mcpServer(operations, deps.project.version);
    const api = createApi(deps, { operations, web, onTrouble, mcp });
    const listening = await listen(api, { ...http, guard: guardOf(http), portDefault });
    const { url } = listening;
    // Over a network people come by tokens of their own.
    const link = isLoopbackName(http.host) ? await deps.owner.link(`${url}/`) : url;

    return {
      ...listening,
      link,
      close: () => endInOrder([{ end: () => listening.close(), limitMs: endMs }, ...parts]),
    };
  } catch (error) {
    await endInOrder(parts);
    throw error;
  }
}

/** Loaded with the first request: most engines are never asked by a program that speaks MCP. */
function mcpServer(operations: readonly LoadedOperation[], version: string): AnswerMcp {
  return async (request, ask) => {
    const { answerMcp } = await import('../mcp/mcp-server.ts');
    return answerMcp({ operations, version, ask }, request);
  };
}

/** What needs nothing to be opened. */
function plainDeps({ projectDir, session, http, onProgress }: ServedApi): PlainDeps {
  return {
    ...plainPorts(projectDir, session, onProgress),
    access: createTokensFile({ projectDir, clock: systemClock }),
    owner: createOwner({ projectDir, clock: systemClock }),
    answerLinks: createAnswerLinks(createSecretCipher(projectDir)),
    authority: session.engine.authority,
    isConnected: session.stream.isConnected,
    lost: () => lostTexts(session.ledger.report()),
    notReady: () => notReady(session),
    storeTrouble: session.store?.trouble,
    readOnly: http.readOnly,
    actor: http.actor,
    isSecure: (headers) => http.trustProxy && headers.get('x-forwarded-proto') === 'https',
    band: process.env['WORKFLOW_BAND'],
  };
}

/** The proof that an engine stores is a write that was acknowledged lately: that of a lease, where it is idle. */
function notReady({
  store,
  stream,
  node,
}: Pick<ProjectSession, 'store' | 'stream' | 'node'>): readonly string[] {
  const trouble = store?.trouble();
  const silentMs = stream.writes.silentMs();
  if (trouble !== undefined) return [`nothing is stored: ${trouble.message} (${trouble.code})`];
  if (silentMs > silentMsMax) return [`no write was acknowledged for ${Math.round(silentMs / 1_000)} s`];

  return node?.worksOnRuns() === false ? ['this engine works on no runs yet, or others have them all'] : [];
}

function guardOf({ host, allowHosts }: HttpOptions) {
  const name = host.includes(':') ? `[${host}]` : host;

  return { isLoopback: isLoopbackName(host), hosts: [name.toLowerCase(), ...allowHosts] };
}
