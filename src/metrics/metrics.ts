import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { within } from '../lib/deadline.ts';
import { onceAtATime } from '../lib/once.ts';
import type { Clock } from '../ports/clock.ts';
import type { AlertFeed } from '../ports/events/alert-delivery.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Board } from '../ports/runs/board.ts';
import type { AgentsDesk } from '../ports/work/agent-admin.ts';

const durations = [0.005, 0.025, 0.1, 0.5, 1, 5, 30, 60];

/** Where the numbers come from. */
export type MetricSources = {
  readonly board: Pick<Board, 'counts' | 'onLanded'>;
  readonly agents: Pick<AgentsDesk, 'agents' | 'depths'>;
  /** Since when each approval waits that does: ISO 8601, UTC. */
  readonly approvalsSince: () => Promise<readonly string[]>;
  readonly shardsHeld: () => Promise<number>;
  readonly isConnected: () => boolean;
  readonly alerts: AlertFeed;
  readonly clock: Clock;
};

/** Whoever asks waits no longer for one source; its numbers stay as they were. */
const sourceMsMax = 2_000;
/** Reading which approvals wait means reading runs: not more often than this. */
const approvalsEveryMs = 15_000;

export function createMetrics(sources: MetricSources): Metrics & { readonly close: () => void } {
  const { board, alerts, clock } = sources;
  const instruments = createInstruments();
  const { registry, events, requests, durations, streams } = instruments;
  collectDefaultMetrics({ register: registry });
  const ends = [
    board.onLanded(({ record }) => events.inc({ type: record.type })),
    alerts.onAlert(({ rule }) => instruments.alerts.inc({ rule })),
  ];
  // A source that takes longer than it is waited for is not asked again meanwhile: questions would pile up.
  const looks = [
    approvalLooks(sources, instruments),
    () => lookAtAgents(sources, instruments),
    () => lookAtShards(sources, instruments),
  ].map(onceAtATime);

  return {
    request: ({ route, method, status, durationMs }) => {
      requests.inc({ route, method, status });
      durations.observe({ route, method }, durationMs / 1_000);
    },
    streamClients: (change) => streams.inc(change),
    text: async () => {
      await countRuns(sources, instruments);
      instruments.connected.set(sources.isConnected() ? 1 : 0);
      await Promise.all(looks.map((look) => within(clock, sourceMsMax, look())));

      return { type: registry.contentType, body: await registry.metrics() };
    },
    textOf: async ({ board: some, approvalsSince }) => {
      const own = createInstruments();
      await countRuns({ board: some }, own);
      countApprovals(await approvalsSince(), own, clock);
      const names = ['workflow_runs', 'workflow_approvals_waiting', 'workflow_approvals_oldest_age_seconds'];
      const texts = await Promise.all(names.map((name) => own.registry.getSingleMetricAsString(name)));

      return { type: own.registry.contentType, body: `${texts.join('\n\n')}\n` };
    },
    close: () => {
      for (const end of ends) end();
      registry.clear();
    },
  };
}

async function countRuns(
  { board }: { readonly board: Pick<Board, 'counts'> },
  { runs }: Instruments,
): Promise<void> {
  const counts = new Map<string, Map<string, number>>();
  for (const { definition, status, count } of await board.counts()) {
    const ofOne = counts.get(definition.id) ?? new Map<string, number>();
    counts.set(definition.id, ofOne.set(status, (ofOne.get(status) ?? 0) + count));
  }
  // A gauge looks its labels up for each change: thousands of runs have a few of them.
  runs.reset();
  for (const [definition, ofOne] of counts) {
    for (const [status, count] of ofOne) runs.set({ definition, status }, count);
  }
}

async function lookAtAgents(
  { agents }: MetricSources,
  { waiting, taken, workers }: Instruments,
): Promise<void> {
  const depths = (await agents.depths()) ?? new Map();
  waiting.reset();
  taken.reset();
  workers.reset();
  for (const { name: agent, workers: seen } of agents.agents(depths)) {
    workers.set({ agent }, seen.length);
    waiting.set({ agent }, depths.get(agent)?.waiting ?? 0);
    taken.set({ agent }, depths.get(agent)?.taken ?? 0);
  }
}

async function lookAtShards({ shardsHeld }: MetricSources, { shards }: Instruments): Promise<void> {
  shards.set(await shardsHeld());
}

function approvalLooks(
  { approvalsSince, clock }: MetricSources,
  instruments: Instruments,
): () => Promise<void> {
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let since: readonly string[] = [];

  return async () => {
    if (clock.steady() - lookedAtMs >= approvalsEveryMs) {
      since = await approvalsSince();
      lookedAtMs = clock.steady();
    }
    countApprovals(since, instruments, clock);
  };
}

function countApprovals(
  since: readonly string[],
  { approvals, oldestApproval }: Instruments,
  clock: Clock,
): void {
  approvals.set(since.length);
  // Not spread into one call: there may be more of them than a call takes.
  const oldestMs = since.reduce((oldest, at) => Math.min(oldest, Date.parse(at)), clock.now());
  oldestApproval.set((clock.now() - oldestMs) / 1_000);
}

/** Every number of ours, on a registry of its own. No label may have values without a bound, such as run ids. */
function createInstruments() {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge<Label>({ name, help, labelNames: [...labelNames], registers });
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter<Label>({ name, help, labelNames: [...labelNames], registers });

  return {
    registry,
    runs: gauge('workflow_runs', 'Runs by definition and status.', ['definition', 'status']),
    events: counter('workflow_events_total', 'Events of the journal that landed, by type.', ['type']),
    approvals: gauge('workflow_approvals_waiting', 'Approvals that wait for somebody.'),
    oldestApproval: gauge(
      'workflow_approvals_oldest_age_seconds',
      'How long the longest waiting approval has waited; 0 where none does.',
    ),
    waiting: gauge('workflow_work_waiting', 'Attempts in the queue of an agent that nobody took.', ['agent']),
    taken: gauge('workflow_work_taken', 'Attempts of an agent that a worker has.', ['agent']),
    workers: gauge('workflow_workers', 'Workers of an agent that were heard of lately.', ['agent']),
    requests: counter('workflow_http_requests_total', 'Requests over HTTP that were answered.', [
      'route',
      'method',
      'status',
    ]),
    durations: new Histogram({
      name: 'workflow_http_request_duration_seconds',
      help: 'How long requests over HTTP took.',
      labelNames: ['route', 'method'],
      buckets: durations,
      registers,
    }),
    streams: gauge('workflow_stream_clients', 'Clients of the event stream.'),
    connected: gauge('workflow_nats_connected', 'Whether the NATS server can be reached: 1 or 0.'),
    shards: gauge('workflow_shards_held', 'Shards of runs that this engine holds.'),
    alerts: counter('workflow_alerts_total', 'Alerts that this engine said, by rule.', ['rule']),
  };
}

type Instruments = ReturnType<typeof createInstruments>;
