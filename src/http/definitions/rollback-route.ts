import { createRoute, z } from '@hono/zod-openapi';
import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import { PublishReport, RollbackRequest } from '../../api/definitions.ts';
import { withVersion } from '../../projections/definition/with-version.ts';
import { type Api, type ApiDeps, RequestRefused } from '../api.ts';
import { jsonAnswer, jsonBody } from './answers.ts';
import { usableDraft } from './checked-draft.ts';
import { published } from './published.ts';

type Deps = Pick<ApiDeps, 'workflows' | 'board' | 'definitionFiles'>;

const rollback = createRoute({
  method: 'post',
  path: '/api/v1/definitions/{id}/rollback',
  tags: ['definitions'],
  summary: 'Registers the text of an old version again, under the next number, as by publishing it',
  request: { params: z.object({ id: z.string() }), body: jsonBody(RollbackRequest) },
  responses: jsonAnswer(PublishReport, 'What became of it; `different`: nothing was registered'),
});

/** Nothing that is registered is ever taken back: what runs go by stays, and what is old is made new again. */
export function addRollbackRoute(api: Api, deps: Deps): void {
  api.openapi(rollback, async (c) => {
    const { version, ...request } = c.req.valid('json');
    const { actor } = c.get('caller');
    const again = await madeNew(deps, c.req.valid('param').id, version);

    return c.json(await published(deps, { ...request, ...again, actor }), 200);
  });
}

/** The old version as the next one. Rejects with RequestRefused. */
async function madeNew(
  { workflows }: Pick<Deps, 'workflows'>,
  id: string,
  version: number,
): Promise<{ readonly definition: LoadedDefinition; readonly file: string }> {
  const [old, highest] = [await workflows.definition(id, version), await workflows.definition(id)];
  if (old === undefined || highest === undefined)
    throw refused('definition.not-found', `version ${version} of ${id} is not registered`);
  if (old.ref.hash === highest.ref.hash)
    throw refused('definition.is-latest', `version ${version} of ${id} is the highest one already`);
  const { text, file } = old;
  const definition = withVersion(usableDraft({ text, file }), file, highest.ref.version + 1);
  if (definition !== undefined) return { definition, file };
  const message = `the number of version ${version} of ${id} cannot be replaced in its text`;

  throw refused('definition.version-written', message, 'publish its text with another "version" by hand');
}

function refused(code: string, message: string, fix?: string): RequestRefused {
  return new RequestRefused({ code, message }, fix);
}
