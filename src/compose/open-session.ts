import { connectJetStream, type JetStreamHandle } from '../adapters/jetstream/connect.ts';
import { ensureEmbeddedServer } from '../adapters/nats-server/embedded-server.ts';
import { createStateFile } from '../adapters/state-file/state-file.ts';
import { createNode, type EngineNode, type NodeDeps } from '../engine/node.ts';
import { toView } from '../engine/questions.ts';
import { createWorkflows } from '../engine/workflows.ts';
import { writeDocument } from '../files/write-document.ts';
import type { Performers } from '../ports/handler.ts';
import type { Workflows } from '../ports/workflows.ts';
import { endInOrder } from './end-in-order.ts';
import { isDeadHere, thisHolder } from './holder.ts';
import { keepServerUp } from './keep-server-up.ts';
import { newRunId } from './new-run-id.ts';
import { createPerformers } from './performers.ts';
import { systemClock } from './system-clock.ts';

/** A connection to the journal of a project, with an engine in this process or without. */
export type Session = {
  readonly workflows: Workflows;
  readonly node: EngineNode | undefined;
  readonly server: { readonly url: string; readonly version: string; readonly source: string };
  readonly close: () => Promise<void>;
};

/** `recording`: takes commands and records them, and leaves what has to be carried out to other engines. */
export type SessionOptions = {
  readonly projectDir: string;
  readonly engine: 'none' | 'embedded' | 'recording';
};

/** Changes what an engine is made of before it is made. */
export type Decorate = (deps: NodeDeps) => NodeDeps;

const nobody: Performers = { find: () => undefined };
const concurrencyMax = 64;
const startNoticeMs = 25;
const answerTimeoutMs = 15_000;
/** Without a server there is nobody to say goodbye to, and nobody wants to wait for it. */
const stopMsMax = 2_500;
const closeMsMax = 500;
const bringUpPauseMs = 1_000;

/** Finds or brings up the server, connects, and brings up an engine where one is wanted. */
export async function openSession(
  { projectDir, engine }: SessionOptions,
  onProgress: (message: string) => void,
  decorate: Decorate = (deps) => deps,
): Promise<Session> {
  const { url, source } = await findUrl(projectDir, onProgress);
  const namespace = process.env['WORKFLOW_NAMESPACE'] ?? 'default';
  const stream = await connectJetStream({ url, namespace, name: `workflow-${process.pid}` });
  const stateFile = createStateFile({ projectDir, clock: systemClock });
  const letGo = source === 'embedded' ? keepUp(projectDir, stream, onProgress) : () => {};
  const node = engine === 'none' ? undefined : await createEmbedded(stream);
  const parts = { ...stream, newRunId, answerTimeoutMs };

  async function createEmbedded({
    journal,
    leases,
    definitions,
    commands,
  }: JetStreamHandle): Promise<EngineNode> {
    return createNode(
      decorate({
        journal,
        leases,
        definitions,
        commands,
        clock: systemClock,
        performers: engine === 'recording' ? nobody : createPerformers(),
        outputs: { write: async (path, value) => void (await writeDocument({ projectDir, path, value })) },
        projectDir,
        concurrencyMax,
        startNoticeMs,
        holder: thisHolder(),
        isDead: isDeadHere,
        onChange: (run) => {
          const now = new Date(systemClock.now()).toISOString();
          stateFile.update(run.state.run, () => toView(run, now));
        },
        onTrouble: (run, error) =>
          onProgress(`run ${run}: ${error instanceof Error ? error.message : String(error)}`),
      }),
    );
  }

  return {
    workflows: createWorkflows(node === undefined ? parts : { ...parts, node }),
    node,
    server: { url: stream.url, version: stream.serverVersion, source },
    close: async () => {
      letGo();
      await endInOrder([
        { end: async () => node?.stop(), limitMs: stopMsMax },
        { end: () => stateFile.flush() },
        { end: () => stream.close(), limitMs: closeMsMax },
      ]);
    },
  };
}

function keepUp(projectDir: string, stream: JetStreamHandle, onProgress: (message: string) => void) {
  return keepServerUp({
    connection: stream,
    bringUp: () => ensureEmbeddedServer({ projectDir, env: process.env }),
    clock: systemClock,
    pauseMs: bringUpPauseMs,
    onProgress,
  });
}

async function findUrl(projectDir: string, onProgress: (message: string) => void) {
  const named = process.env['NATS_URL'];
  if (named !== undefined && named !== '') return { url: named, source: 'NATS_URL' };
  const { url } = await ensureEmbeddedServer({ projectDir, env: process.env, onProgress });

  return { url, source: 'embedded' };
}
