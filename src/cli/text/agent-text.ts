import type { Agent, WorkDepth } from '../../ports/work/agent-admin.ts';
import { businessOf } from '../../projections/agent/agent-row.ts';
import { formatTable } from '../../terminal/render/table.ts';
import { formatTime } from '../../terminal/render/times.ts';
import { oneLine } from '../../terminal/render/width.ts';
import type { Invocation } from '../invocation.ts';

type Depths = ReadonlyMap<string, WorkDepth> | undefined;

/** All agents, a line each. */
export function agentTable({ output }: Invocation, agents: readonly Agent[], depths: Depths): string {
  const columns = output.columns();

  return formatTable(
    [
      { title: 'AGENT' },
      { title: 'LEVEL' },
      { title: 'DEPARTMENT', givesWay: 3 },
      { title: 'SKILLS', flexible: true, givesWay: 4 },
      { title: 'BY', givesWay: 2 },
      { title: 'WORKERS', align: 'right' },
      { title: 'BUSY', align: 'right' },
      { title: 'USED', align: 'right', givesWay: 1 },
      { title: 'QUEUED', align: 'right' },
      { title: '', flexible: true },
    ],
    agents.map((agent) => [
      ...agentCells(agent),
      String(depths?.get(agent.name)?.waiting ?? ''),
      stateText(agent),
    ]),
    { ...(columns === undefined ? {} : { columns }), title: output.paint.dim },
  );
}

function agentCells(agent: Agent): readonly string[] {
  const { name, level, department = '', skills, transport, workers, capacity } = agent;
  const { running, utilisation } = businessOf(agent);
  const counted = transport.kind === 'nats';

  return [
    name,
    level,
    department,
    skills.join(', '),
    transport.kind,
    counted ? String(workers.length) : '',
    counted ? `${running}/${capacity}` : '',
    workers.length > 0 ? percent(utilisation) : '',
  ];
}

function stateText({ draining, transport, workers }: Agent): string {
  if (draining !== undefined) return oneLine(`draining by ${draining.by}`);

  return transport.kind === 'nats' && workers.length === 0 ? 'no worker is listening' : '';
}

/** All that is known of an agent, and its workers. */
export function agentText(invocation: Invocation, agent: Agent, depth: WorkDepth | undefined): string {
  const { output, io, options } = invocation;
  const { paint } = output;
  const { name, level, department, description, skills, capacity, transport, declared, draining, workers } =
    agent;
  const { running, utilisation } = businessOf(agent);
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['what', description],
    ['level', level],
    ['department', department],
    ['skills', skills.join(', ') || 'none'],
    ['capacity', `${running} of ${capacity} in use, ${percent(utilisation)} in the last minute`],
    [
      'transport',
      transport.kind === 'files' ? `files: ${transport.inbox}, ${transport.outbox}` : transport.kind,
    ],
    ['declared', declared ? 'in agents.yaml' : workers.length > 0 ? 'by its workers only' : 'no'],
    ['queue', depth === undefined ? undefined : `${depth.waiting} waiting, ${depth.taken} taken`],
    [
      'draining',
      draining === undefined
        ? undefined
        : `since ${formatTime(draining.at, options.time ?? 'utc', io.clock.now())} by ${draining.by}${draining.reason === undefined ? '' : `: ${draining.reason}`}`,
    ],
  ];

  return [
    paint.bold(name),
    ...facts.flatMap(([key, text]) => (text === undefined ? [] : [oneLine(`  ${key.padEnd(11)} ${text}`)])),
    ...(agent.workers.length === 0 ? [] : ['', workerTable(invocation, agent)]),
  ].join('\n');
}

function workerTable({ output, io, options }: Invocation, { workers }: Agent): string {
  const columns = output.columns();
  const time = (ms: number) =>
    formatTime(new Date(ms).toISOString(), options.time ?? 'relative', io.clock.now());

  return formatTable(
    [
      { title: 'WORKER', flexible: true },
      { title: 'LANGUAGE', givesWay: 2 },
      { title: 'HOST', flexible: true, givesWay: 1 },
      { title: 'BUSY', align: 'right' },
      { title: 'USED', align: 'right' },
      { title: 'LAST HEARD' },
    ],
    workers.map(({ worker, language, host, running, capacity, utilisation, seenAtMs }) => [
      worker,
      language,
      host,
      `${running}/${capacity}`,
      percent(utilisation),
      time(seenAtMs),
    ]),
    { ...(columns === undefined ? {} : { columns }), title: output.paint.dim },
  );
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
