import type { OnProgress } from '../../cli/app.ts';
import { shardIn } from '../../engine/cluster/lease-board.ts';
import type { ApiDeps } from '../../http/api.ts';
import { messageOf } from '../../lib/text.ts';
import { createMetrics } from '../../metrics/metrics.ts';
import type { HttpWork } from '../../ports/work/http-work.ts';
import type { JetStreamHandle } from '../../stores/jetstream/connect.ts';
import { connectPassableLink } from '../../stores/jetstream/queue/worker-link.ts';
import type { Watch } from '../alerts.ts';
import { endInOrder } from '../end-in-order.ts';
import { systemClock } from '../system-clock.ts';
import type { ProjectSession } from './open-session.ts';
import { namespaceFrom } from './project-server.ts';

/** What the HTTP API has besides what people look at. */
type HttpParts = {
  readonly deps: Pick<ApiDeps, 'work' | 'hooks' | 'metrics' | 'alertFeed'>;
  close(): Promise<void>;
};

const endMs = 2_000;

/** Work, hooks, numbers and alerts. */
export function openHttpParts(options: {
  readonly session: ProjectSession;
  readonly board: ApiDeps['board'];
  readonly agents: ApiDeps['agents'];
  readonly watch: Pick<Watch, 'file' | 'feed' | 'everybodys'>;
  readonly onProgress: OnProgress;
}): HttpParts {
  const { session, board, agents, watch, onProgress } = options;
  const { stream, engine, workflows } = session;
  const work = openHttpWork({ stream, login: session.server.login, onProgress });
  const metrics = createMetrics({
    board,
    agents,
    approvalsSince: async () => {
      const waiting = await workflows.waitingApprovals(board.live());

      return waiting.map(({ since }) => since);
    },
    shardsHeld: () => shardsOf(session),
    isConnected: stream.isConnected,
    alerts: watch.feed,
    clock: systemClock,
  });

  return {
    deps: {
      work,
      hooks: { file: watch.file, secrets: engine.projectSecrets },
      metrics,
      alertFeed: watch.everybodys,
    },
    close: () => endInOrder([{ end: async () => metrics.close() }, { end: work.close, limitMs: endMs }]),
  };
}

async function shardsOf({ engine }: ProjectSession): Promise<number> {
  const holders = await engine.leases.holders();

  return [...holders].filter(([key, { node }]) => shardIn(key) !== undefined && node === engine.holder.node)
    .length;
}

/** Work for those who ask for it over HTTP, by a connection of its own that is made when somebody does. */
function openHttpWork({
  stream,
  login,
  onProgress,
}: {
  readonly stream: Pick<JetStreamHandle, 'url' | 'workSecret'>;
  readonly login: ProjectSession['server']['login'];
  readonly onProgress: (message: string) => void;
}): HttpWork & { readonly close: () => Promise<void> } {
  const named = process.env['NATS_URL'] ?? '';
  const connect = () =>
    connectPassableLink({
      url: named === '' ? stream.url : named,
      login,
      namespace: namespaceFrom(process.env),
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
