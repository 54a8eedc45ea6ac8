import type { z } from '@hono/zod-openapi';
import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import type { PublishReport, PublishRequest } from '../../api/definitions.ts';
import { interfaceChanges } from '../../projections/definition/interface-changes.ts';
import { reportInWords } from '../../projections/definition/what-if-words.ts';
import { type ApiDeps, RequestRefused } from '../api.ts';
import { knownDefinitionsOf } from './known-definitions.ts';

type Publishing = Omit<z.output<typeof PublishRequest>, 'text'> & {
  readonly definition: LoadedDefinition;
  readonly actor: string;
};

/** Publishes a definition, and tells what the latest runs say of it. Throws RequestRefused. */
export async function published(
  deps: Pick<ApiDeps, 'workflows' | 'board' | 'definitionFiles'>,
  { reason, ...request }: Publishing,
): Promise<PublishReport> {
  // Before it is published: afterwards it is the highest version itself.
  const effect = await publishEffect(deps, request.definition);
  const answer = await deps.workflows.publish({ ...request, ...(reason === undefined ? {} : { reason }) });
  if (!answer.ok) throw new RequestRefused(answer.refusal);
  const { outcome, definition: ref, against, reports } = answer.published;

  return {
    outcome,
    definition: ref,
    ...(against === undefined ? {} : { against }),
    ...effect,
    reports: reports.map(reportInWords),
  };
}

/** What publishing means for whoever starts the definition, and for the runs of earlier versions that go on. */
async function publishEffect(
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
