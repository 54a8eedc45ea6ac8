import { Link } from 'wouter';
import type { Home } from '../../../api/home.ts';
import { Panel } from '../../parts/panel.tsx';
import { StatusBadge } from '../../parts/status-badge.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { Sparkline } from './sparkline.tsx';

/** What waits for agents, what begins by itself next, and how much happens. */
export function Queues({ queues, nextFires, eventRate }: Pick<Home, 'queues' | 'nextFires' | 'eventRate'>) {
  return (
    <div className="side-by-side">
      <Panel title="Queues" isFlush={queues.length > 0} actions={<Link href="/agents">Agents</Link>}>
        <QueueTable queues={queues} />
      </Panel>
      <Panel title="Next starts" actions={<Link href="/triggers">Triggers</Link>}>
        <NextFires fires={nextFires} />
      </Panel>
      <Panel title="Events" note={`${eventRate.reduce((sum, one) => sum + one, 0)} in the last minute`}>
        <Sparkline values={eventRate} label="Events in each of the last seconds" />
      </Panel>
    </div>
  );
}

function QueueTable({ queues }: Pick<Home, 'queues'>) {
  if (queues.length === 0) return <p className="soft">No agent is known and nothing waits for one.</p>;

  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Agent</th>
          <th scope="col" className="number">
            Waiting
          </th>
          <th scope="col" className="number">
            Taken
          </th>
          <th scope="col" className="number">
            Workers
          </th>
        </tr>
      </thead>
      <tbody>
        {queues.map(({ agent, waiting, taken, workers, blockedRuns }) => (
          <tr key={agent}>
            <th scope="row">
              {agent}
              {workers === 0 && waiting > 0 && (
                <div>
                  <StatusBadge status="FAILED" word={`no worker: ${blockedRuns} runs wait`} />
                </div>
              )}
            </th>
            <td className="number">{waiting}</td>
            <td className="number">{taken}</td>
            <td className="number">{workers}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function NextFires({ fires }: { readonly fires: Home['nextFires'] }) {
  if (fires.length === 0) return <p className="soft">No schedule will start anything.</p>;

  return (
    <ul className="fires">
      {fires.map(({ definition, trigger, at }) => (
        <li key={`${definition}/${trigger}/${at}`}>
          <TimeText iso={at} /> <strong>{definition}</strong> <span className="soft">{trigger}</span>
        </li>
      ))}
    </ul>
  );
}
