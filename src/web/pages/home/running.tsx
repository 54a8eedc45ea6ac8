import { Link } from 'wouter';
import type { Home } from '../../../api/home.ts';
import type { RunLine } from '../../../api/run.ts';
import { Duration } from '../../parts/duration.tsx';
import { Progress } from '../../parts/progress.tsx';
import { StatusBadge } from '../../parts/status-badge.tsx';
import { durationText } from '../../time/format.ts';

/** What is under way: how much of which definition, and the runs in which something happened last. */
export function Running({ running }: { readonly running: Home['running'] }) {
  if (running.count === 0) {
    return (
      <div className="empty">
        <p>
          Nothing is under way. On the command line: <code>workflow start &lt;definition&gt;</code>
        </p>
      </div>
    );
  }
  const definitions = Object.entries(running.byDefinition).sort(([, one], [, other]) => other - one);

  return (
    <>
      <p className="chips by-definition">
        {definitions.map(([id, count]) => (
          <Link
            key={id}
            href={`/runs?status=RUNNING,NEEDS_APPROVAL,PAUSED&where=definition%3D${encodeURIComponent(id)}`}
          >
            {id} <strong>{count}</strong>
          </Link>
        ))}
      </p>
      <ul className="rows">
        {running.latest.map((line) => (
          <RunningRow key={line.run} line={line} />
        ))}
      </ul>
    </>
  );
}

function RunningRow({ line }: { readonly line: RunLine }) {
  const [active] = line.active;

  return (
    <li>
      <span className="row-status">
        <StatusBadge shown={line.shown} />
      </span>
      <Link href={`/runs/${line.run}`} className="mono">
        {line.shortId}
      </Link>
      <span>
        {line.definition.id}
        <span className="soft">@{line.definition.version}</span>
      </span>
      <span className="soft grows">{active?.task ?? ''}</span>
      <Progress done={line.settled} of={line.tasks} what="tasks" />
      <span className="row-time">
        <Duration from={line.startedAt} to={line.endedAt} />
        {line.typicalMs !== undefined && <span className="soft"> / {durationText(line.typicalMs)}</span>}
      </span>
    </li>
  );
}
