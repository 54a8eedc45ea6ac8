import { Link } from 'wouter';
import type { AgentLane } from '../../../api/run-parts.ts';
import { Panel } from '../../parts/panel.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { PartState } from './part-state.tsx';
import { type RunView, useRunPart } from './run-view.ts';

const kindWords = { agent: 'agent', person: 'person', engine: 'engine', trigger: 'trigger' } as const;
const shownMax = 200;

/** Who took part in the run and what each did, the latest first. */
export function AgentsTab({ view }: { readonly view: RunView }) {
  const query = useRunPart<{ readonly lanes: readonly AgentLane[] }>(view.page.run, 'agents', view.url.at);

  return (
    <PartState query={query}>
      {({ lanes }) =>
        lanes.length === 0 ? (
          <p className="empty">Nobody has done anything in this run yet.</p>
        ) : (
          <div className="lanes">
            {lanes.map((lane) => (
              <Lane key={`${lane.kind} ${lane.name}`} lane={lane} view={view} />
            ))}
          </div>
        )
      }
    </PartState>
  );
}

function Lane({ lane, view: { go } }: { readonly lane: AgentLane; readonly view: RunView }) {
  const acts = lane.acts.slice(-shownMax).reverse();
  const untold = lane.omitted + lane.acts.length - acts.length;

  return (
    <Panel
      title={lane.name}
      note={`${kindWords[lane.kind] ?? lane.kind}, ${lane.acts.length + lane.omitted} acts`}
      isFlush
      actions={
        lane.kind === 'agent' ? (
          <Link href={`/agents/${encodeURIComponent(lane.name)}`}>what else it does</Link>
        ) : null
      }
    >
      <ol className="acts">
        {acts.map((act) => (
          <li key={act.event}>
            <TimeText iso={act.time} />
            <strong>{act.what.replaceAll('_', ' ')}</strong>
            {act.task === undefined ? (
              <span />
            ) : (
              <button type="button" className="quiet mono" onClick={() => go({ task: act.task })}>
                {act.task}
                {(act.attempt ?? 1) > 1 ? ` #${act.attempt}` : ''}
              </button>
            )}
            <span>
              {act.note} <span className="soft">{act.worker}</span>
            </span>
            <button type="button" className="quiet" onClick={() => go({ tab: 'events', event: act.event })}>
              event {act.event}
            </button>
          </li>
        ))}
      </ol>
      {untold > 0 ? (
        <p className="soft part-note">{untold} earlier acts are not shown: see the events.</p>
      ) : null}
    </Panel>
  );
}
