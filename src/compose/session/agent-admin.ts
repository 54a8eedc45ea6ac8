import { createAgentsDesk } from '../../engine/agents/agent-admin.ts';
import { createDrainMarks } from '../../engine/agents/drain-marks.ts';
import { delay } from '../../lib/deadline.ts';
import { ensureEmbeddedServer } from '../../nats-server/embedded-server.ts';
import type { AgentsDesk } from '../../ports/work/agent-admin.ts';
import { connectJetStream, type JetStreamHandle } from '../../stores/jetstream/connect.ts';
import { replicasFrom } from '../replicas.ts';
import { systemClock } from '../system-clock.ts';
import { openRoster } from './open-agents.ts';

/** How long workers have to speak up after they were asked who is there. */
const rollCallMs = 400;

/** Connects, calls the roll and waits for the answers. Where agents.yaml cannot be used, nothing can be changed. */
export async function openAgentsDesk(
  projectDir: string,
  onProgress: (message: string) => void,
): Promise<AgentsDesk> {
  const stream = await connectDesk(projectDir, { name: 'agents', onProgress });
  try {
    const options = { projectDir, stream, onProgress, readOnly: true };
    const { roster, authority, invalid, close } = await openRoster(options);
    await delay(systemClock, rollCallMs);

    return createAgentsDesk({
      roster,
      marks: createDrainMarks(stream.agentMarks),
      authority,
      invalid,
      clock: systemClock,
      depths: () => stream.workDepths(),
      close: async () => {
        close();
        await stream.close();
      },
    });
  } catch (error) {
    await stream.close();
    throw error;
  }
}

/** A connection for people who look after something: to the server of `NATS_URL`, or to the project's own. */
export async function connectDesk(
  projectDir: string,
  { name, onProgress }: { readonly name: string; readonly onProgress: (message: string) => void },
): Promise<JetStreamHandle> {
  const named = process.env['NATS_URL'] ?? '';
  const url =
    named === '' ? (await ensureEmbeddedServer({ projectDir, env: process.env, onProgress })).url : named;

  return connectJetStream({
    url,
    namespace: process.env['WORKFLOW_NAMESPACE'] ?? 'default',
    name: `workflow-${name}-${process.pid}`,
    replicas: replicasFrom(process.env),
    onProgress,
  });
}
