import type { JetStreamHandle } from '../adapters/jetstream/connect.ts';
import { connectWorkerLink } from '../adapters/jetstream/worker-link.ts';
import type { HttpWork } from '../ports/http-work.ts';
import { messageOf } from '../ports/message-of.ts';

/** Work for those who ask for it over HTTP, by a connection of its own that is made when somebody does. */
export function openHttpWork({
  stream,
  onProgress,
}: {
  readonly stream: Pick<JetStreamHandle, 'url' | 'workSecret'>;
  readonly onProgress: (message: string) => void;
}): HttpWork & { readonly close: () => Promise<void> } {
  const named = process.env['NATS_URL'] ?? '';
  const connect = () =>
    connectWorkerLink({
      url: named === '' ? stream.url : named,
      namespace: process.env['WORKFLOW_NAMESPACE'] ?? 'default',
      name: `workflow-http-${process.pid}`,
      onProgress,
    });
  let opened: ReturnType<typeof connect> | undefined;

  return {
    link: async () => {
      opened ??= connect();
      try {
        return await opened;
      } catch (error) {
        opened = undefined;
        throw error;
      }
    },
    secret: () => stream.workSecret(),
    close: async () => {
      const link = await opened?.catch((error: unknown) => onProgress(messageOf(error)));
      if (link !== undefined) await link.close();
    },
  };
}
