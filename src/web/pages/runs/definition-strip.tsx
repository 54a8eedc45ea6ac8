import { Link } from 'wouter';
import type { DefinitionRow } from '../../../api/definitions.ts';
import { useApi } from '../../api/use-api.ts';
import { statusLook } from '../../parts/status-look.ts';

/** When the list is of one definition: how its last twenty runs went, each a link. */
export function DefinitionStrip({ where }: { readonly where: string }) {
  const id = /(?:^|\s)definition=([^\s,@]+)(?:\s|$)/.exec(where)?.[1];
  const definitions = useApi<{ readonly definitions: readonly DefinitionRow[] }>(['definitions'], undefined, {
    isEnabled: id !== undefined,
  });
  const row = definitions.data?.definitions.find((one) => one.id === id);
  if (row === undefined || row.recent.length === 0) return null;

  return (
    <section
      className="chips"
      aria-label={`The last ${row.recent.length} runs of ${row.id}, the latest last`}
    >
      <span className="soft">last {row.recent.length}</span>
      <span className="strip">
        {row.recent.map(({ run, shown }) => {
          const { hue, word } = statusLook(shown);

          return (
            <Link
              key={run}
              href={`/runs/${run}`}
              data-hue={hue}
              title={word}
              aria-label={`${word}, run ${run}`}
            />
          );
        })}
      </span>
      <Link href={`/start/${encodeURIComponent(row.id)}`}>Start {row.id}</Link>
    </section>
  );
}
