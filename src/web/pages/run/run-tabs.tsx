import { useState } from 'react';
import { Link } from 'wouter';
import type { AgentLane, Graph, RunContext } from '../../../api/run-parts.ts';
import { apiPath, useApi } from '../../api/client.ts';
import { GraphSwitch } from '../../graph/graph-switch.tsx';
import { GraphView } from '../../graph/graph-view.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { ErrorBoundary } from '../../parts/error-boundary.tsx';
import { DataTree } from '../../parts/json/data-tree.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { preview, type TreeRow, treeRows } from './context-tree.ts';
import { DetailPane } from './detail-pane.tsx';
import { EventsTab } from './events/events-tab.tsx';
import { LogsTab } from './logs-tab.tsx';
import { PartState } from './part-state.tsx';
import { type Tab, tabs } from './run-url.ts';
import { type RunPageState, useRunPart } from './run-view.ts';
import { PastBar, Scrubber } from './timeline/scrubber.tsx';
import { TimelineTab } from './timeline/timeline-tab.tsx';

/** Runs of more events than this are compared in a while. */
const longRun = 1_000;

const changesMax = 50;

const kindWords = { agent: 'agent', person: 'person', engine: 'engine', trigger: 'trigger' } as const;
const shownMax = 200;

const labels: Readonly<Record<Tab, string>> = {
  timeline: 'Timeline',
  graph: 'Graph',
  events: 'Events',
  context: 'Context',
  agents: 'Agents',
  logs: 'Logs',
  json: 'JSON',
};
const shown = tabs.map((id) => ({ id, label: labels[id] }));

/** Seven ways to look at a run, all as of the same event, and beside them what was selected. */
export function RunTabs({ view }: { readonly view: RunPageState }) {
  const { url, go } = view;

  return (
    <Tabs tabs={shown} selected={url.tab} onSelect={(id) => go({ tab: id as Tab })} label="Views of the run">
      <div className="run-body">
        <Scrubber view={view} />
        <PastBar view={view} />
        <div className="run-split" data-open={url.task !== undefined}>
          <ErrorBoundary key={url.tab}>
            <TabContent view={view} />
          </ErrorBoundary>
          {url.task === undefined ? null : (
            <ErrorBoundary key={url.task}>
              <DetailPane view={view} task={url.task} />
            </ErrorBoundary>
          )}
        </div>
      </div>
    </Tabs>
  );
}

function TabContent({ view }: { readonly view: RunPageState }) {
  switch (view.url.tab) {
    case 'timeline':
      return <TimelineTab view={view} />;
    case 'graph':
      return <GraphTab view={view} />;
    case 'events':
      return <EventsTab view={view} />;
    case 'context':
      return <ContextTab view={view} />;
    case 'agents':
      return <AgentsTab view={view} />;
    case 'logs':
      return <LogsTab view={view} />;
    case 'json':
      return <JsonTab view={view} />;
  }
}

/** The participants of the run and their acts, latest first. */
function AgentsTab({ view }: { readonly view: RunPageState }) {
  const query = useRunPart(view.page.run, 'agents', view.url);

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

function Lane({ lane, view: { go } }: { readonly lane: AgentLane; readonly view: RunPageState }) {
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

/** What the run knew after an event, and what that event changed. */
function ContextTab({ view: { page, url } }: { readonly view: RunPageState }) {
  const compared = useRunPart(page.run, 'context', url);
  // What a long run knows is told at once, what its last event changed only when it has been compared.
  const known = useApi(
    ['runs', page.run, 'context'],
    { at: url.at, changes: 'no' },
    { keepsPrevious: true, isEnabled: page.sequence > longRun },
  );
  const isCompared = compared.data !== undefined && !compared.isPlaceholderData;
  const query = isCompared || known.data === undefined ? compared : known;

  return (
    <PartState query={query}>
      {(context) => <Context context={context} isCompared={query === compared} />}
    </PartState>
  );
}

type ContextProps = { readonly context: RunContext; readonly isCompared: boolean };

function Context({ context, isCompared }: ContextProps) {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const toggle = (path: string): void => {
    const next = new Set(toggled);
    if (!next.delete(path)) next.add(path);
    setToggled(next);
  };

  return (
    <>
      {isCompared ? <Changes context={context} /> : <Comparing sequence={context.sequence} />}
      <VirtualList
        items={treeRows(context, toggled)}
        keyOf={(row) => `${row.mark ?? ''} ${row.path}`}
        rowHeight={24}
        label="What the run knows"
        render={(row) => <Row row={row} onToggle={toggle} />}
      />
    </>
  );
}

function Comparing({ sequence }: { readonly sequence: number }) {
  return <p className="soft">Comparing with how it was before event {sequence} …</p>;
}

function Changes({ context: { sequence, changes, omitted } }: { readonly context: RunContext }) {
  if (changes.length === 0) return <p className="soft">Event {sequence} changed nothing of this.</p>;
  const untold = omitted + Math.max(0, changes.length - changesMax);

  return (
    <section className="changes" aria-label={`Changed by event ${sequence}`}>
      <h2>Changed by event {sequence}</h2>
      <ul>
        {changes.slice(0, changesMax).map(({ path, before, after }) => (
          <li key={path} className="mono">
            <span>{path}</span> {before === undefined ? null : <del>{preview(before)}</del>}{' '}
            {after === undefined ? <span className="soft">removed</span> : <ins>{preview(after)}</ins>}
          </li>
        ))}
      </ul>
      {untold > 0 ? <p className="soft">and {untold} more</p> : null}
    </section>
  );
}

type RowProps = { readonly row: TreeRow; readonly onToggle: (path: string) => void };

function Row({ row, onToggle }: RowProps) {
  const text = (
    <>
      <span className="tree-name">{row.name}</span>
      {row.before === undefined ? null : <del>{row.before}</del>}
      {row.mark === 'changed' || row.mark === 'added' ? <ins>{row.preview}</ins> : <span>{row.preview}</span>}
      {row.mark === 'inside' || row.mark === undefined ? null : <em>{row.mark}</em>}
    </>
  );
  const style = { paddingLeft: 8 + row.depth * 16 };

  return row.isGroup ? (
    <button
      type="button"
      className="tree-row group"
      data-mark={row.mark}
      style={style}
      aria-expanded={row.isOpen}
      onClick={() => onToggle(row.path)}
    >
      <span aria-hidden="true">{row.isOpen ? '▾' : '▸'}</span>
      {text}
    </button>
  ) : (
    <div className="tree-row" data-mark={row.mark} style={style}>
      <span aria-hidden="true" />
      {text}
    </div>
  );
}

/** The tasks as boxes, where the run is, and the way that it took; or the states that it is in. */
function GraphTab({ view: { page, url, go } }: { readonly view: RunPageState }) {
  const query = useRunPart(page.run, 'graph', url);

  return (
    <div className="run-part">
      <GraphSwitch view={url.view} onView={(view) => go({ view })} />
      <PartState query={query}>
        {(graph) => (
          <GraphView
            graph={graph}
            selected={graph.nodes.find(({ id, task }) => (task ?? id) === url.task)?.id}
            onSelect={(id) => go({ task: taskOf(graph, id) })}
            label={`Graph of ${page.definition.id}`}
          />
        )}
      </PartState>
    </div>
  );
}

/** What a box is about; undefined where it is a state of no task. */
function taskOf({ nodes }: Graph, id: string): string | undefined {
  const node = nodes.find((each) => each.id === id);

  return node?.isInitial === undefined ? id : node.task;
}

/** The run as the API tells it, and all of its events to take away. */
function JsonTab({ view: { page, url } }: { readonly view: RunPageState }) {
  const params = url.at === undefined ? {} : { at: url.at };

  return (
    <div className="run-part">
      <div className="run-bar">
        <CopyButton text={JSON.stringify(page, null, 2)} label="Copy the JSON" />
        <a href={apiPath(['runs', page.run], params)} download={`${page.shortId}.json`}>
          Download the run
        </a>
        <a href={apiPath(['runs', page.run, 'export'])} download={`${page.shortId}.jsonl`}>
          Download events
        </a>
      </div>
      <DataTree value={JSON.parse(JSON.stringify(page))} label="The run as JSON" openDepth={1} />
    </div>
  );
}
