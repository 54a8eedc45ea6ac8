import { Link } from 'wouter';
import type { AgentWork } from '../../../api/agent-work.ts';
import type { AgentRow, TaskOfAgent } from '../../../api/people.ts';
import { StatusBadge } from '../../parts/status/status-badge.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { AssignButton } from './assign-button.tsx';
import { DrainButton } from './drain-button.tsx';
import { MoveButton } from './move-button.tsx';

export type AgentsTableProps = {
  readonly agents: readonly AgentRow[];
  /** What each did, by its name; those that did nothing are left out. Undefined while it is not known. */
  readonly work: ReadonlyMap<string, AgentWork> | undefined;
};

/** One row per agent. Who is gone stays, with what is still counted as its own. */
export function AgentsTable({ agents, work }: AgentsTableProps) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Agent</th>
          <th scope="col">State</th>
          <th scope="col">Works on</th>
          <th scope="col" className="number">
            Waiting
          </th>
          <th scope="col">24 h</th>
          <th scope="col">Workers</th>
          <th scope="col">Can</th>
          <th scope="col">
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {agents.map((agent) => (
          <Row key={agent.name} agent={agent} work={work?.get(agent.name)} isKnown={work !== undefined} />
        ))}
      </tbody>
    </table>
  );
}

type RowProps = {
  readonly agent: AgentRow;
  readonly work: AgentWork | undefined;
  readonly isKnown: boolean;
};

function Row({ agent, work, isKnown }: RowProps) {
  const { name, queued, level, skills, transport } = agent;

  return (
    <tr>
      <Identity agent={agent} />
      <td>
        <State agent={agent} />
      </td>
      <td>
        {agent.current.length === 0 && <Latest work={work} />}
        <AgentTasks agent={name} tasks={agent.current} isBegun max={SHOWN_MAX} />
        <AgentTasks agent={name} tasks={agent.waiting} isBegun={false} max={SHOWN_MAX} />
      </td>
      <td className="number">{queued}</td>
      <td className="nowrap">{isKnown ? <LastDay work={work} /> : ''}</td>
      <td>
        <Workers workers={agent.workers} />
      </td>
      <td>
        <span className="nowrap">
          {level} · {transport}
        </span>
        <p className="soft">{skills.join(', ')}</p>
      </td>
      <td>
        <DrainButton agent={agent} />
        <MoveButton agent={agent} />
      </td>
    </tr>
  );
}

function Identity({ agent: { name, description, department, moved } }: { readonly agent: AgentRow }) {
  return (
    <th scope="row">
      <Link href={`/agents/${encodeURIComponent(name)}`}>
        <strong>{name}</strong>
      </Link>
      <p className="soft">{[department, description].filter(Boolean).join(' · ')}</p>
      {moved !== undefined && (
        <p className="soft">
          team {moved.team}, moved by {moved.by}, <TimeText iso={moved.at} />
          {moved.reason === undefined ? '' : `: ${moved.reason}`}
        </p>
      )}
    </th>
  );
}

function State({ agent: { state, running, capacity, draining } }: { readonly agent: AgentRow }) {
  return (
    <>
      <StatusBadge status={state} />
      <p className="soft nowrap">
        {running} of {capacity} in hand
      </p>
      {draining !== undefined && (
        <p className="soft">
          by {draining.by}, <TimeText iso={draining.at} />
          {draining.reason === undefined ? '' : `: ${draining.reason}`}
        </p>
      )}
    </>
  );
}

/** Who has nothing in hand, or is gone, is known by what it did last. */
function Latest({ work }: { readonly work: AgentWork | undefined }) {
  const latest = work?.latest;
  if (latest === undefined) return <span className="soft">-</span>;

  return (
    <span className="soft">
      last <Link href={`/runs/${latest.run}?task=${encodeURIComponent(latest.task)}`}>{latest.task}</Link>{' '}
      <TimeText iso={latest.from} />
    </span>
  );
}

function LastDay({ work }: { readonly work: AgentWork | undefined }) {
  const { completed, failed } = work?.lastDay ?? { completed: 0, failed: 0 };

  return (
    <>
      {completed} done
      {failed > 0 && <p className="field-wrong">{failed} failed</p>}
    </>
  );
}

const SHOWN_MAX = 3;

export type AgentTasksProps = {
  readonly agent: string;
  readonly tasks: readonly TaskOfAgent[];
  readonly isBegun: boolean;
  /** So many are shown; all where it is left out. */
  readonly max?: number;
};

/** Tasks that an agent has, each with the button that gives it to another one. */
export function AgentTasks({ agent, tasks, isBegun, max = tasks.length }: AgentTasksProps) {
  if (tasks.length === 0) return null;

  return (
    <ul>
      {tasks.slice(0, max).map((of) => (
        <li key={`${of.run} ${of.task}`} className="nowrap">
          {!isBegun && <span className="soft">waits: </span>}
          <Link href={`/runs/${of.run}?task=${encodeURIComponent(of.task)}`}>{of.task}</Link>{' '}
          {of.since !== undefined && (
            <span className="soft">
              <TimeText iso={of.since} />
            </span>
          )}{' '}
          <AssignButton of={of} agent={agent} isBegun={isBegun} />
        </li>
      ))}
      {tasks.length > max && <li className="soft">and {tasks.length - max} more</li>}
    </ul>
  );
}

/** Those who are connected, and when they were heard of last. */
export function Workers({ workers }: Pick<AgentRow, 'workers'>) {
  if (workers.length === 0) return <span className="soft">nobody connected</span>;

  return (
    <ul>
      {workers.map(({ worker, language, host, lastHeardAt, running, capacity }) => (
        <li key={worker}>
          <span className="mono">{worker}</span>{' '}
          <span className="soft">
            {language} on {host}, {running}/{capacity}, heard <TimeText iso={lastHeardAt} mode="relative" />
          </span>
        </li>
      ))}
    </ul>
  );
}
