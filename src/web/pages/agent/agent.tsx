import { Link } from 'wouter';
import type { AgentAct, AgentPage, AgentPage as Page } from '../../../api/agent-work.ts';
import { useApi } from '../../api/client.ts';
import type { PageProps } from '../../page-props.ts';
import { Panel } from '../../parts/panel.tsx';
import { StatusBadge } from '../../parts/status/status-badge.tsx';
import { Unloaded } from '../../parts/unloaded.tsx';
import { usePageTitle } from '../../session/page-title.ts';
import { AgentTasks, Workers } from './agents-table.tsx';
import './agent.css';
import { Duration } from '../../parts/duration.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { DrainButton } from './drain-button.tsx';
import { MoveButton } from './move-button.tsx';

const HEARD_EVERY_MS = 5_000;

/** One agent: who works for it, what it has in hand, and what it did. */
export function AgentView({ params }: PageProps) {
  const name = params['name'] ?? '';
  const { data, error, refetch } = useApi(['agents', name], undefined, { everyMs: HEARD_EVERY_MS });
  usePageTitle(`Agent ${name}`);

  return (
    <>
      <div className="page-head">
        <h1>{name}</h1>
        {data !== undefined && <StatusBadge status={data.agent.state} />}
        <Link href="/agents">all agents</Link>
        <span className="end">
          {data !== undefined && <DrainButton agent={data.agent} />}
          {data !== undefined && <MoveButton agent={data.agent} />}
        </span>
      </div>
      {data === undefined ? <Unloaded error={error} onRetry={() => void refetch()} /> : <Agent page={data} />}
    </>
  );
}

function Agent({ page }: { readonly page: Page }) {
  const { agent, acts, read, of } = page;

  return (
    <>
      <Panel title="The agent">
        <AgentFacts page={page} />
      </Panel>
      <Panel title="Workers" note={agent.workers.length}>
        <Workers workers={agent.workers} />
      </Panel>
      <Panel
        title="What it did"
        note={read < of ? `in the ${read} runs of ${of} that changed last` : 'the latest first'}
        isFlush={acts.length > 0}
        empty={acts.length === 0 ? 'It has not begun anything in the runs that changed last.' : undefined}
      >
        <AgentActs acts={acts} />
      </Panel>
    </>
  );
}

/** The attempts of an agent, each with its run. */
function AgentActs({ acts }: { readonly acts: readonly AgentAct[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Task</th>
          <th scope="col">Outcome</th>
          <th scope="col">Run</th>
          <th scope="col">Began</th>
          <th scope="col">Took</th>
          <th scope="col">Worker</th>
        </tr>
      </thead>
      <tbody>
        {acts.map((act) => (
          <Row key={`${act.run} ${act.task} ${act.attempt} ${act.from}`} act={act} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ act }: { readonly act: AgentAct }) {
  const { run, shortId, definition, task, attempt, worker, from, to, outcome } = act;

  return (
    <tr>
      <th scope="row">
        <Link href={`/runs/${run}?task=${encodeURIComponent(task)}`}>{task}</Link>
        {attempt > 1 && <span className="soft"> attempt {attempt}</span>}
      </th>
      <td>
        <StatusBadge status={outcome ?? (to === undefined ? 'IN_PROGRESS' : 'COMPLETED')} />
      </td>
      <td>
        <Link href={`/runs/${run}`} className="mono">
          {shortId}
        </Link>
        <p className="soft">
          {definition.id}@{definition.version}
        </p>
      </td>
      <td>
        <TimeText iso={from} />
      </td>
      <td>
        <Duration from={from} to={to} />
      </td>
      <td className="mono">{worker ?? ''}</td>
    </tr>
  );
}

/** The agent's identity, skills, waiting tasks and last day. */
function AgentFacts({ page: { agent, work } }: { readonly page: AgentPage }) {
  const { description, department, level, skills, transport, declared, queued, running, capacity } = agent;
  const { completed, failed } = work.lastDay;
  const facts = [
    { name: 'What it is for', told: description },
    { name: 'Department', told: department },
    { name: 'Team', told: agent.moved && `${agent.moved.team}, moved there by ${agent.moved.by}` },
    { name: 'Level', told: level },
    { name: 'Skills', told: skills.length === 0 ? 'none' : skills.join(', ') },
    { name: 'Reached by', told: `${transport}, ${declared ? 'declared in agents.yaml' : 'not declared'}` },
    { name: 'Waits for it', told: `${queued} ${queued === 1 ? 'task' : 'tasks'}` },
    { name: 'In hand', told: `${running} of ${capacity}` },
    { name: 'Last 24 h', told: `${completed} done, ${failed} failed` },
  ];

  return (
    <dl className="agent-facts">
      {facts.map(({ name, told }) =>
        told === undefined ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{told}</dd>
          </div>
        ),
      )}
      <Draining agent={agent} />
      <Tasks agent={agent} name="Works on" isBegun />
      <Tasks agent={agent} name="Has not begun" isBegun={false} />
    </dl>
  );
}

function Draining({ agent: { draining } }: Pick<AgentPage, 'agent'>) {
  if (draining === undefined) return null;

  return (
    <div>
      <dt>Draining</dt>
      <dd>
        by {draining.by}, <TimeText iso={draining.at} />
        {draining.reason === undefined ? '' : `: ${draining.reason}`}
      </dd>
    </div>
  );
}

function Tasks({
  agent,
  name,
  isBegun,
}: Pick<AgentPage, 'agent'> & { readonly name: string; readonly isBegun: boolean }) {
  const tasks = isBegun ? agent.current : agent.waiting;
  if (tasks.length === 0) return null;

  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <AgentTasks agent={agent.name} tasks={tasks} isBegun={isBegun} />
      </dd>
    </div>
  );
}
