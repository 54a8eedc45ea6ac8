import type { DefinitionRow } from '../../api/definitions.ts';
import type { RunList } from '../../api/run.ts';
import { useApi } from '../api/use-api.ts';
import { areas } from '../app-pages.ts';

export type Place = { readonly path: string; readonly name: string; readonly kind: string };

const PLACES_MAX = 12;

/** Where a few letters may lead: pages, definitions to start or to read, and runs. */
export function usePlaces(text: string): readonly Place[] {
  const definitions = useApi<{ readonly definitions: readonly DefinitionRow[] }>(['definitions']);
  const runs = useApi<RunList>(
    ['runs'],
    { q: text, limit: 5 },
    { isEnabled: text !== '', keepsPrevious: true },
  );
  const known = [
    ...areas.flatMap(({ pages }) => pages).map(({ path, label }) => ({ path, name: label, kind: 'page' })),
    ...(definitions.data?.definitions ?? []).flatMap(({ id }) => [
      { path: `/start/${encodeURIComponent(id)}`, name: id, kind: 'start' },
      { path: `/definitions/${encodeURIComponent(id)}`, name: id, kind: 'definition' },
    ]),
  ];
  const found = text === '' ? [] : (runs.data?.runs ?? []);

  return [
    ...known.filter(({ name, kind }) => `${kind} ${name}`.toLowerCase().includes(text.toLowerCase())),
    ...found.map(({ run, shortId, definition }) => ({
      path: `/runs/${run}`,
      name: shortId,
      kind: definition.id,
    })),
  ].slice(0, PLACES_MAX);
}
