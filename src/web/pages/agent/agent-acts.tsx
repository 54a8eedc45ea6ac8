import { Link } from 'wouter';
import type { AgentAct } from '../../../api/agent-work.ts';
import { Duration } from '../../parts/duration.tsx';
import { StatusBadge } from '../../parts/status-badge.tsx';
import { TimeText } from '../../parts/time-text.tsx';

/** The attempts of an agent, each with its run. */
export function AgentActs({ acts }: { readonly acts: readonly AgentAct[] }) {
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
