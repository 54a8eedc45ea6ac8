import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { DefinitionPage } from '../../../api/definitions.ts';
import type { RunList } from '../../../api/run.ts';
import { getJson } from '../../api/client.ts';
import { Panel } from '../../parts/panel.tsx';
import { EmptyNote } from '../empty-note.tsx';
import { FewRunsTable } from '../run-table.tsx';

const SHOWN_MAX = 50;

/** Its latest runs. */
export function DefinitionRuns({ definition: { id } }: { readonly definition: DefinitionPage }) {
  const where = `definition=${id}`;
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['definitions', id, 'runs'],
    queryFn: ({ signal }) => getJson<RunList>(['runs'], { where, limit: SHOWN_MAX }, signal),
  });
  const runs = data?.runs ?? [];

  return (
    <Panel
      title="Runs"
      note={data === undefined ? undefined : `the latest ${runs.length} of ${data.matching}`}
      actions={<Link href={`/runs?where=${encodeURIComponent(where)}`}>All in the runs list</Link>}
      isFlush={runs.length > 0}
      isLoading={isPending}
      error={data === undefined ? error : undefined}
      onRetry={() => void refetch()}
      empty={
        runs.length > 0 ? undefined : (
          <EmptyNote
            text="Nobody has started it yet."
            command={`workflow start ${id}`}
            action={{ label: 'Start a run', href: `/start/${encodeURIComponent(id)}` }}
          />
        )
      }
    >
      <FewRunsTable runs={runs} />
    </Panel>
  );
}
