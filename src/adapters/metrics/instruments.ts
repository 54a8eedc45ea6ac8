import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const durations = [0.005, 0.025, 0.1, 0.5, 1, 5, 30, 60];

/** Every number of ours, on a registry of its own. No label may have values without a bound, such as run ids. */
export function createInstruments() {
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

export type Instruments = ReturnType<typeof createInstruments>;
