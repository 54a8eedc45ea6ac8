import { Link } from 'wouter';
import type { Home } from '../../../api/home.ts';
import { useApi } from '../../api/client.ts';
import { Panel } from '../../parts/panel.tsx';
import { Unloaded } from '../../parts/unloaded.tsx';
import { usePageTitle } from '../../session/page-title.ts';
import './home.css';
import type { RunLine } from '../../../api/run.ts';
import { Duration } from '../../parts/duration.tsx';
import { Progress } from '../../parts/progress.tsx';
import { StatusBadge } from '../../parts/status/status-badge.tsx';
import { StatusGlyph } from '../../parts/status/status-glyph.tsx';
import { type Glyph, type Hue, shownWaiting, statusLook } from '../../parts/status/status-look.ts';
import { TimeText } from '../../parts/time-text.tsx';
import { durationText } from '../../time/format.ts';
import { RunLink } from '../runs/run-link.tsx';

const WIDTH = 240;
const HEIGHT = 40;

/** What anybody needs to know first, in the order of urgency. */
export function HomePage() {
  const home = useApi(['home']);
  usePageTitle('Home', home.data === undefined ? undefined : worst(home.data));

  return (
    <>
      <div className="page-head">
        <h1>Now</h1>
        <span className="end">
          <Link href="/definitions" className="button primary">
            Start a run
          </Link>
        </span>
      </div>
      {home.data === undefined ? (
        <Unloaded error={home.error} onRetry={() => void home.refetch()} />
      ) : (
        <Bands home={home.data} />
      )}
    </>
  );
}

function Bands({ home }: { readonly home: Home }) {
  const { needsYou, failing, running, queues, nextFires, eventRate } = home;

  return (
    <>
      <Panel title="Needs you">
        <NeedsYou needs={needsYou} />
      </Panel>
      <Panel title="Failing" isFlush={failing.length > 0}>
        <Failing groups={failing} />
      </Panel>
      <Panel
        title="Under way"
        note={running.count}
        actions={<Link href="/runs?status=RUNNING,NEEDS_APPROVAL,PAUSED">All of them</Link>}
        isFlush={running.count > 0}
      >
        <Running running={running} />
      </Panel>
      <Queues queues={queues} nextFires={nextFires} eventRate={eventRate} />
    </>
  );
}

function worst({ needsYou, failing, running }: Home): string | undefined {
  if (needsYou.approvals > 0) return 'NEEDS_APPROVAL';
  const [next] = needsYou.next;
  if (next !== undefined) return shownWaiting(next);
  if (failing.length > 0) return 'FAILED';

  return running.count > 0 ? 'RUNNING' : undefined;
}

/** Definitions of whose latest runs some failed, with what most of them failed of. */
function Failing({ groups }: { readonly groups: Home['failing'] }) {
  if (groups.length === 0) return <p className="soft">None of the latest runs failed.</p>;

  return (
    <ul className="rows">
      {groups.map(({ definition, failed, of, error, key }) => (
        <li key={key}>
          <Link
            href={`/runs?status=FAILED,TIMED_OUT&where=${encodeURIComponent(`definition=${definition}`)}`}
          >
            {definition}
          </Link>
          <StatusBadge status="FAILED" word={`${failed} of the last ${of} failed`} />
          <code className="grows">{error}</code>
          <Link href={`/failures?group=${encodeURIComponent(key)}`}>Open the group</Link>
        </li>
      ))}
    </ul>
  );
}

type Need = {
  readonly count: number;
  readonly what: string;
  readonly href: string;
  readonly hue: Hue;
  readonly glyph: Glyph;
};

/** What waits for a person. Every number leads to what it counts. */
function NeedsYou({ needs }: { readonly needs: Home['needsYou'] }) {
  const open = needsOf(needs).filter(({ count }) => count > 0);
  if (open.length === 0 && needs.runs === 0)
    return <p className="soft">Nothing here is waiting for anyone.</p>;

  const left = needs.runs - needs.next.reduce((sum, { alike }) => sum + alike, 0);

  return (
    <>
      <NeedCounts open={open} needs={needs} />
      <ul className="rows" aria-label="Runs that need you">
        {needs.next.map((line) => (
          <NeedRow key={line.run} line={line} />
        ))}
      </ul>
      {left > 0 && (
        <p className="soft">
          and {left} more: <Link href={underWay}>all runs under way</Link>
        </p>
      )}
    </>
  );
}

const underWay = '/runs?status=RUNNING,NEEDS_APPROVAL,PAUSED';

/** Runs that wait alike, the one that has waited longest, why, since when, and what would help. */
function NeedRow({ line }: { readonly line: Home['needsYou']['next'][number] }) {
  const { wait, alike, definition } = line;
  if (wait === undefined) return null;
  const where = [`definition=${definition.id}`, ...(wait.task === undefined ? [] : [`active=${wait.task}`])];

  return (
    <li>
      <span className="row-status">
        <StatusBadge shown={shownWaiting(line)} />
      </span>
      <Link
        className="row-alike"
        href={`/runs?status=${line.shown}&where=${encodeURIComponent(where.join(' '))}`}
        title="Waiting for the same reason"
      >
        {alike} {alike === 1 ? 'run' : 'runs'}
      </Link>
      <RunLink line={line} />
      <span>{definition.id}</span>
      <span className="grows" title={wait.reason}>
        {wait.task !== undefined && `${wait.task}: `}
        {wait.reason}
      </span>
      {wait.fix !== undefined && <code className="help">{wait.fix.replace(line.run, line.shortId)}</code>}
      <span className="row-time soft">
        <TimeText iso={wait.since} />
      </span>
    </li>
  );
}

function NeedCounts({ open, needs }: { readonly open: readonly Need[]; readonly needs: Home['needsYou'] }) {
  return (
    <ul className="needs">
      {open.map(({ count, what, href, hue, glyph }) => (
        <li key={href}>
          <Link href={href} className="badge need" data-hue={hue}>
            <StatusGlyph glyph={glyph} size={16} />
            <strong>{count}</strong> {what}
          </Link>
          {href === '/approvals' && needs.oldestApprovalSince !== undefined && (
            <span className="soft">
              the oldest came <TimeText iso={needs.oldestApprovalSince} />
              {needs.lateApprovals > 0 && `, ${needs.lateApprovals} late`}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

function needsOf(needs: Home['needsYou']): readonly Need[] {
  return [
    { count: needs.runs, what: 'runs need you', href: underWay, hue: 'waiting', glyph: 'diamond' },
    { count: needs.approvals, what: 'to approve', href: '/approvals', hue: 'waiting', glyph: 'diamond' },
    { count: needs.pausedRuns, what: 'paused', href: '/runs?status=PAUSED', hue: 'waiting', glyph: 'bars' },
    { count: needs.deadLetters, what: 'dead letters', href: '/failures', hue: 'failed', glyph: 'cross' },
    {
      count: needs.quarantined,
      what: 'quarantined',
      href: '/runs?status=QUARANTINED',
      hue: 'failed',
      glyph: 'box',
    },
  ];
}

/** What waits for agents, what begins by itself next, and how much happens. */
function Queues({ queues, nextFires, eventRate }: Pick<Home, 'queues' | 'nextFires' | 'eventRate'>) {
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
  if (queues.length === 0)
    return <p className="soft">No agents are known, and nothing is waiting for one.</p>;

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
  if (fires.length === 0) return <p className="soft">No schedule will start a run.</p>;

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

/** What is under way: how much of which definition, and the runs in which something happened last. */
function Running({ running }: { readonly running: Home['running'] }) {
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
        {Object.entries(running.waits).map(([status, count]) => (
          <StatusBadge key={status} shown={status} word={`${count} ${statusLook(status).word}`} />
        ))}
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
        <StatusBadge shown={shownWaiting(line)} />
      </span>
      <RunLink line={line} />
      <span>
        {line.definition.id}
        <span className="soft">@{line.definition.version}</span>
      </span>
      <span className="soft grows">{active?.task ?? ''}</span>
      <Progress done={line.settled} of={line.taskCount} what="tasks" />
      <span className="row-time">
        <Duration from={line.startedAt} to={line.endedAt} />
        {line.typicalMs !== undefined && <span className="soft"> / {durationText(line.typicalMs)}</span>}
      </span>
    </li>
  );
}

/** Numbers over time as bars without axes; the latest stands at the right. */
function Sparkline({ values, label }: { readonly values: readonly number[]; readonly label: string }) {
  const most = Math.max(1, ...values);
  const width = WIDTH / Math.max(1, values.length);
  const bars = values.map((value, index) => ({ x: index * width, height: (value / most) * HEIGHT }));

  return (
    <svg
      className="sparkline"
      role="img"
      aria-label={`${label}: at most ${most}`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      {bars.map(({ x, height }) => (
        <rect key={x} x={x} y={HEIGHT - height} width={width * 0.7} height={height} />
      ))}
    </svg>
  );
}
