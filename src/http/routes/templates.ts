import { createRoute, z } from '@hono/zod-openapi';
import { DefinitionTemplate } from '../../api/definition-template.ts';
import { definitionRow, needsOf } from '../../projections/definition/definition-row.ts';
import { formFieldsOf } from '../../projections/definition/form-field.ts';
import type { Api, ApiDeps } from '../api.ts';
import { jsonAnswer } from '../definitions/answers.ts';
import { knownDefinitionsOf } from '../definitions/known-definitions.ts';

const list = createRoute({
  method: 'get',
  path: '/api/v1/templates',
  tags: ['definitions'],
  summary: 'The definitions that come with the program, to begin with',
  responses: jsonAnswer(z.object({ templates: z.array(DefinitionTemplate) }), 'With their texts'),
});

const nothing: DefinitionTemplate['needs'] = { skills: [], secrets: [], programs: [], workflows: [] };

/** The library. */
export function addTemplateRoutes(api: Api, deps: Pick<ApiDeps, 'workflows' | 'definitionFiles'>): void {
  const known = knownDefinitionsOf(deps);

  api.openapi(list, async (c) => {
    const templates = (await known.library()).map((each) => ({
      ...definitionRow(each, [each], []),
      text: each.text,
      fields: [...formFieldsOf(each.loaded?.definition.input ?? {})],
      needs: each.loaded === undefined ? nothing : needsOf(each.loaded.definition),
      tests: each.cases ?? 0,
    }));

    return c.json({ templates }, 200);
  });
}
