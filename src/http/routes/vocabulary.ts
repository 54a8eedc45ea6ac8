import { createRoute } from '@hono/zod-openapi';
import { Vocabulary } from '../../api/vocabulary.ts';
import { vocabulary } from '../../projections/definition/vocabulary.ts';
import type { Api } from '../api.ts';
import { jsonAnswer } from '../definitions/answers.ts';

const show = createRoute({
  method: 'get',
  path: '/api/v1/vocabulary',
  tags: ['definitions'],
  summary: 'The names, functions and methods of expressions, for editors',
  responses: jsonAnswer(Vocabulary, 'The same for every definition'),
});

/** What expressions may be made of. */
export function addVocabularyRoutes(api: Api): void {
  api.openapi(show, (c) => c.json(vocabulary(), 200));
}
