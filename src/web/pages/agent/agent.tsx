import { Link } from 'wouter';
import type { AgentPage as Page } from '../../../api/agent-work.ts';
import { useApi } from '../../api/use-api.ts';
import type { PageProps } from '../../page-props.ts';
import { Panel } from '../../parts/panel.tsx';
import { StatusBadge } from '../../parts/status-badge.tsx';
import { Unloaded } from '../../parts/unloaded.tsx';
import { usePageTitle } from '../../session/page-title.ts';
import { Workers } from '../agents-table.tsx';
import './agent.css';
import { AgentActs } from './agent-acts.tsx';
import { AgentFacts } from './agent-facts.tsx';
import { DrainButton } from './drain-button.tsx';

const HEARD_EVERY_MS = 5_000;

/** One agent: who works for it, what it has in hand, and what it did. */
export function AgentPage({ params }: PageProps) {
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
