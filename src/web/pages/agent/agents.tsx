import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { AgentWork } from '../../../api/agent-work.ts';
import type { AgentRow } from '../../../api/people.ts';
import { getJson, useApi } from '../../api/client.ts';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usePageTitle } from '../../session/page-title.ts';
import { EmptyNote } from '../empty-note.tsx';
import { FilterBar } from '../filter-bar.tsx';
import { ListPanel } from '../list-panel.tsx';
import { AgentsTable } from './agents-table.tsx';

const HEARD_EVERY_MS = 5_000;

/** The agents: their workers, tasks in hand and waiting tasks. */
export function AgentsPage() {
  usePageTitle('Agents');
  const [filter, setFilter] = useUrlState('q');
  // Heartbeats are not in the journal, so the stream does not tell of them.
  const query = useApi(['agents'], undefined, {
    everyMs: HEARD_EVERY_MS,
  });
  const agents = query.data?.items ?? [];
  const work = useAgentWork();
  const shown = agents.filter((agent) => fits(agent, filter));

  return (
    <>
      <div className="page-head">
        <h1>Agents and workers</h1>
        <FilterBar
          label="Filter agents"
          value={filter}
          onChange={setFilter}
          shown={shown.length}
          of={query.data?.total ?? 0}
        />
      </div>
      <Unattended agents={agents} />
      <ListPanel
        title="Agents"
        query={query}
        there={agents.length}
        shown={shown.length}
        onClear={() => setFilter('')}
        nothing={<NoAgents />}
      >
        <AgentsTable agents={shown} work={work} />
      </ListPanel>
    </>
  );
}

/** What each did. Its key makes it stale as insights are: seldom, for the histories of many runs are read for it. */
function useAgentWork(): ReadonlyMap<string, AgentWork> | undefined {
  const { data } = useQuery({
    queryKey: ['insights', 'agent-work'],
    queryFn: ({ signal }) => getJson(['agent-work'], {}, signal),
  });

  return useMemo(() => data && new Map(data.items.map((one) => [one.agent, one])), [data]);
}

function NoAgents() {
  return (
    <EmptyNote
      text="Nobody works here yet. An agent is there once a worker of its name connects, or agents.yaml declares it."
      command="workflow worker --help"
      action={{ label: 'Definitions', href: '/definitions' }}
    />
  );
}

/** Work that nobody would begin is what a person has to know first. */
function Unattended({ agents }: { readonly agents: readonly AgentRow[] }) {
  const alone = agents.filter(
    ({ state, queued, workers }) => state === 'gone' && queued > 0 && workers.length === 0,
  );
  if (alone.length === 0) return null;

  return (
    <div className="problem" role="alert">
      {alone.map(({ name, queued }) => (
        <strong key={name}>
          Nobody works as {name}: {queued} {queued === 1 ? 'task waits' : 'tasks wait'} for it.
        </strong>
      ))}
    </div>
  );
}

function fits({ name, department = '', skills, state, workers }: AgentRow, filter: string): boolean {
  const said = [
    name,
    department,
    state,
    ...skills,
    ...workers.flatMap((one) => [one.worker, one.language, one.host]),
  ];

  return said.join(' ').toLowerCase().includes(filter.trim().toLowerCase());
}
