import { useQuery } from '@tanstack/react-query';
import type { DefinitionPage } from '../../../api/definitions.ts';
import { postJson } from '../../api/client.ts';
import { Panel } from '../../parts/panel.tsx';

/** What is wrong with the text, each with its line and column; nothing where nothing is. */
export function DefinitionProblems({ definition }: { readonly definition: DefinitionPage }) {
  const { text, file, problems } = definition;
  const { data, error, refetch } = useQuery({
    queryKey: ['check', file, text],
    queryFn: () => postJson(['definitions', 'check'], { text, file }),
    enabled: problems > 0,
  });
  if (problems === 0) return null;

  return (
    <Panel title="Problems" isLoading={data === undefined} error={error} onRetry={() => void refetch()}>
      <ul aria-label="Problems" className="definition-problems">
        {(data?.problems ?? []).map(({ line, column, severity, message, code, path }) => (
          <li key={`${line} ${column} ${code} ${path}`}>
            <span className="mono">
              {line ?? '-'}:{column ?? '-'}
            </span>{' '}
            <strong>{severity}</strong> {message} <span className="soft mono">{code}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
