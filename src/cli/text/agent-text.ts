import type { AgentRow } from '../../api/people.ts';
import { formatTable } from '../../terminal/render/table.ts';
import { formatTime } from '../../terminal/render/times.ts';
import { oneLine } from '../../terminal/render/width.ts';
import type { Invocation } from '../invocation.ts';

/** All agents, a line each. */
export function agentTable({ output }: Invocation, agents: readonly AgentRow[]): string {
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
    agents.map(agentCells),
    { ...(columns === undefined ? {} : { columns }), title: output.paint.dim },
  );
}

function agentCells(agent: AgentRow): readonly string[] {
  const { name, level, department = '', skills, transport, workers, capacity, running, queued } = agent;
  const counted = transport === 'nats';

  return [
    name,
    level,
    department,
    skills.join(', '),
    transport,
    counted ? String(workers.length) : '',
    counted ? `${running}/${capacity}` : '',
    workers.length > 0 ? percent(agent.utilisation) : '',
    queued === 0 ? '' : String(queued),
    stateText(agent),
  ];
}

function stateText({ draining, state }: AgentRow): string {
  if (draining !== undefined) return oneLine(`draining by ${draining.by}`);

  return state === 'gone' ? 'no worker is listening' : '';
}

/** All that is known of an agent, and its workers. */
export function agentText(invocation: Invocation, agent: AgentRow): string {
  const { output } = invocation;
  const { name, level, department, description, skills, capacity, transport, declared } = agent;
  const { running, utilisation, queued, taken, workers, inbox, outbox } = agent;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['what', description],
    ['level', level],
    ['department', department],
    ['skills', skills.join(', ') || 'none'],
    ['capacity', `${running} of ${capacity} in use, ${percent(utilisation)} in the last minute`],
    ['transport', transport === 'files' ? `files: ${inbox}, ${outbox}` : transport],
    ['declared', declared ? 'in agents.yaml' : workers.length > 0 ? 'by its workers only' : 'no'],
    ['queue', `${queued} waiting, ${taken} taken`],
    ['draining', sinceText(invocation, agent.draining)],
    ['team', teamText(invocation, agent.moved)],
  ];

  return [
    output.paint.bold(name),
    ...facts.flatMap(([key, text]) => (text === undefined ? [] : [oneLine(`  ${key.padEnd(11)} ${text}`)])),
    ...(workers.length === 0 ? [] : ['', workerTable(invocation, agent)]),
  ].join('\n');
}

function teamText(invocation: Invocation, moved: AgentRow['moved']): string | undefined {
  return moved && `${moved.team}, there ${sinceText(invocation, moved)}`;
}

/** Since when it is so, by whom and why. */
function sinceText({ io, options }: Invocation, mark: AgentRow['draining']): string | undefined {
  if (mark === undefined) return undefined;
  const since = formatTime(mark.at, options.time ?? 'utc', io.clock.now());

  return `since ${since} by ${mark.by}${mark.reason === undefined ? '' : `: ${mark.reason}`}`;
}

function workerTable({ output, io, options }: Invocation, { workers }: AgentRow): string {
  const columns = output.columns();
  const time = (iso: string) => formatTime(iso, options.time ?? 'relative', io.clock.now());

  return formatTable(
    [
      { title: 'WORKER', flexible: true },
      { title: 'LANGUAGE', givesWay: 2 },
      { title: 'HOST', flexible: true, givesWay: 1 },
      { title: 'BUSY', align: 'right' },
      { title: 'USED', align: 'right' },
      { title: 'LAST HEARD' },
    ],
    workers.map(({ worker, language, host, running, capacity, utilisation, lastHeardAt }) => [
      worker,
      language,
      host,
      `${running}/${capacity}`,
      percent(utilisation),
      time(lastHeardAt),
    ]),
    { ...(columns === undefined ? {} : { columns }), title: output.paint.dim },
  );
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
