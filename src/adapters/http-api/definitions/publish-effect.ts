import type { LoadedDefinition } from '../../../../machines/language/load-definition.ts';
import type { PublishReport } from '../../../api/definitions.ts';
import { interfaceChanges } from '../../../projections/interface-changes.ts';
import type { ApiDeps } from '../api-deps.ts';
import { knownDefinitionsOf } from './known-definitions.ts';

/** What publishing means for whoever starts the definition, and for the runs of earlier versions that go on. */
export async function publishEffect(
  deps: Pick<ApiDeps, 'workflows' | 'definitionFiles' | 'board'>,
  { ref, definition }: LoadedDefinition,
): Promise<Pick<PublishReport, 'running' | 'runningBy' | 'changes'>> {
  const earlier = deps.board
    .lines()
    .map(({ head }) => head)
    .filter((head) => head.definition.id === ref.id && head.definition.hash !== ref.hash)
    .filter(({ endedAt }) => endedAt === undefined);
  const counts = new Map<number, number>();
  for (const { definition: by } of earlier) counts.set(by.version, (counts.get(by.version) ?? 0) + 1);
  const before = await knownDefinitionsOf(deps).registeredBefore(ref);

  return {
    running: earlier.length,
    runningBy: [...counts]
      .map(([version, runs]) => ({ version, runs }))
      .sort((left, right) => right.version - left.version),
    changes: before === undefined ? [] : [...interfaceChanges(before.definition, definition)],
  };
}
