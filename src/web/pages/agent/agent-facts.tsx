import { Link } from 'wouter';
import type { AgentPage } from '../../../api/agent-work.ts';
import { TimeText } from '../../parts/time-text.tsx';

/** The agent's identity, skills, waiting tasks and last day. */
export function AgentFacts({ page: { agent, work } }: { readonly page: AgentPage }) {
  const { description, department, level, skills, transport, declared, queued, running, capacity } = agent;
  const { completed, failed } = work.lastDay;
  const facts = [
    { name: 'What it is for', told: description },
    { name: 'Department', told: department },
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
      <InHand current={agent.current} />
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

function InHand({ current }: Pick<AgentPage['agent'], 'current'>) {
  if (current.length === 0) return null;

  return (
    <div>
      <dt>Works on</dt>
      <dd>
        <ul>
          {current.map(({ run, task, since }) => (
            <li key={`${run} ${task}`}>
              <Link href={`/runs/${run}?task=${encodeURIComponent(task)}`}>{task}</Link>{' '}
              <TimeText iso={since} />
            </li>
          ))}
        </ul>
      </dd>
    </div>
  );
}
