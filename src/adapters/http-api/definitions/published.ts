import type { z } from '@hono/zod-openapi';
import type { LoadedDefinition } from '../../../../machines/language/load-definition.ts';
import type { PublishReport, PublishRequest } from '../../../api/definitions.ts';
import { reportInWords } from '../../../projections/what-if-words.ts';
import { RequestRefused } from '../api.ts';
import type { ApiDeps } from '../api-deps.ts';
import { publishEffect } from './publish-effect.ts';

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
