import { useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { AgentRow } from '../../api/people.ts';
import { postJson } from '../api/client.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { StatusBadge } from '../parts/status-badge.tsx';
import { TimeText } from '../parts/time-text.tsx';

/** One row per agent. Who is gone stays, with what is still counted as its own. */
export function AgentsTable({ agents }: { readonly agents: readonly AgentRow[] }) {
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
          <th scope="col">Workers</th>
          <th scope="col">Can</th>
          <th scope="col">
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {agents.map((agent) => (
          <Row key={agent.name} agent={agent} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ agent }: { readonly agent: AgentRow }) {
  const { name, description, department, queued, level, skills, transport } = agent;

  return (
    <tr>
      <th scope="row">
        <strong>{name}</strong>
        <p className="soft">{[department, description].filter(Boolean).join(' · ')}</p>
      </th>
      <td>
        <State agent={agent} />
      </td>
      <td>
        <Current current={agent.current} />
      </td>
      <td className="number">{queued}</td>
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
      </td>
    </tr>
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

const CURRENT_MAX = 3;

function Current({ current }: Pick<AgentRow, 'current'>) {
  if (current.length === 0) return <span className="soft">-</span>;

  return (
    <ul>
      {current.slice(0, CURRENT_MAX).map(({ run, task, since }) => (
        <li key={`${run} ${task}`} className="nowrap">
          <Link href={`/runs/${run}?task=${encodeURIComponent(task)}`}>{task}</Link>{' '}
          {since !== undefined && (
            <span className="soft">
              <TimeText iso={since} />
            </span>
          )}
        </li>
      ))}
      {current.length > CURRENT_MAX && <li className="soft">and {current.length - CURRENT_MAX} more</li>}
    </ul>
  );
}

function Workers({ workers }: Pick<AgentRow, 'workers'>) {
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

function DrainButton({ agent: { name, draining, running } }: { readonly agent: AgentRow }) {
  const queries = useQueryClient();
  const ask = async (what: 'drain' | 'resume', reason?: string): Promise<void> => {
    await postJson(['agents', name, what], reason === undefined ? {} : { reason });
    await queries.invalidateQueries({ queryKey: ['agents'] });
  };
  if (draining !== undefined) return <ActionButton label="Resume" run={() => ask('resume')} />;

  return (
    <ActionButton
      label="Drain ..."
      title={`Drain ${name}`}
      confirm="Drain"
      reason="optional"
      run={(reason) => ask('drain', reason)}
    >
      <p>
        {name} is given no new work.{' '}
        {running === 0 ? 'It has nothing in hand.' : `What it has in hand (${running}) goes on.`} What waits
        for it keeps waiting until it is resumed.
      </p>
    </ActionButton>
  );
}
