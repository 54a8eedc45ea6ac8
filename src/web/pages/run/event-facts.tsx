import type { EventDetail } from '../../../api/run-parts.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { DataTree } from '../../parts/data-tree.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { useEventDetail } from './event-queries.ts';
import type { RunView } from './run-view.ts';

/** All that one event holds: what it says, what it moved, what asked for it, and its link. */
export function EventFacts({ sequence, view }: { readonly sequence: number; readonly view: RunView }) {
  const { page, go } = view;
  const { data, error } = useEventDetail(page.run, sequence);
  if (error !== null) return <ProblemNote error={error} />;
  if (data === undefined) return <p className="event-facts soft">Loading …</p>;
  const link = `${window.location.origin}/runs/${encodeURIComponent(page.run)}?tab=events&event=${sequence}`;

  return (
    <div className="event-facts">
      <div className="run-bar">
        <CopyButton text={link} label="Copy link" />
        <CopyButton text={JSON.stringify(data.record, null, 2)} label="Copy record" />
        <button type="button" className="quiet" onClick={() => go({ at: sequence })}>
          See the run as of here
        </button>
        {data.task === undefined ? null : (
          <button type="button" className="quiet" onClick={() => go({ task: data.task })}>
            Show {data.task}
          </button>
        )}
      </div>
      <Moves event={data} />
      <DataTree value={data.fact} label={`What event ${sequence} says`} />
      <details>
        <summary>The record as it is stored</summary>
        <DataTree value={data.record} label="Record" />
      </details>
    </div>
  );
}

function Moves({ event }: { readonly event: EventDetail }) {
  return (
    <dl className="facts">
      <dt>By</dt>
      <dd>
        {event.actor}
        {event.request === undefined ? null : <span className="soft"> asked as {event.request}</span>}
      </dd>
      {event.transitions.map(({ task, from, to }) => (
        <Move key={`${task ?? ''} ${from} ${to}`} what={task ?? 'the run'} text={`${from} → ${to}`} />
      ))}
      <Move what="Hash" text={event.hash} />
    </dl>
  );
}

function Move({ what, text }: { readonly what: string; readonly text: string }) {
  return (
    <>
      <dt>{what}</dt>
      <dd className="mono">{text}</dd>
    </>
  );
}
