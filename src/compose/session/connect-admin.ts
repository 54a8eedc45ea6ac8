import { ensureEmbeddedServer } from '../../nats-server/embedded-server.ts';
import { connectJetStream, type JetStreamHandle } from '../../stores/jetstream/connect.ts';
import { replicasFrom } from '../replicas.ts';

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
