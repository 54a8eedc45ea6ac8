import { Link } from 'wouter';
import type { AgentAct, AgentPage as Page } from '../../../api/agent-work.ts';
import { useApi } from '../../api/client.ts';
import type { PageProps } from '../../page-props.ts';
import { Panel } from '../../parts/panel.tsx';
import { StatusBadge } from '../../parts/status/status-badge.tsx';
import { Unloaded } from '../../parts/unloaded.tsx';
import { usePageTitle } from '../../session/page-title.ts';
import { Workers } from './agents-table.tsx';
import './agent.css';
import { Duration } from '../../parts/duration.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { AgentFacts } from './agent-facts.tsx';
import { DrainButton } from './drain-button.tsx';

const HEARD_EVERY_MS = 5_000;

/** One agent: who works for it, what it has in hand, and what it did. */
export function AgentView({ params }: PageProps) {
  const name = params['name'] ?? '';
  const { data, error, refetch } = useApi<Page>(['agents', name], undefined, { everyMs: HEARD_EVERY_MS });
  usePageTitle(`Agent ${name}`);

  return (
    <>
      <div className="page-head">
        <h1>{name}</h1>
        {data !== undefined && <StatusBadge status={data.agent.state} />}
        <Link href="/agents">all agents</Link>
        <span className="end">{data !== undefined && <DrainButton agent={data.agent} />}</span>
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
