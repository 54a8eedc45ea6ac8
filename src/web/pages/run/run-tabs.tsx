import { ErrorBoundary } from '../../parts/error-boundary.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { AgentsTab } from './agents-tab.tsx';
import { ContextTab } from './context-tab.tsx';
import { DetailPane } from './detail-pane.tsx';
import { EventsTab } from './events-tab.tsx';
import { GraphTab } from './graph-tab.tsx';
import { JsonTab } from './json-tab.tsx';
import { LogsTab } from './logs-tab.tsx';
import { type Tab, tabs } from './run-url.ts';
import type { RunView } from './run-view.ts';
import { PastBar, Scrubber } from './scrubber.tsx';
import { TimelineTab } from './timeline-tab.tsx';

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
export function RunTabs({ view }: { readonly view: RunView }) {
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

function TabContent({ view }: { readonly view: RunView }) {
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
