import { createRoute } from '@hono/zod-openapi';
import { Home } from '../../../api/home.ts';
import type { Api } from '../../api.ts';
import { createHome, type HomeDeps } from '../../live/home-page.ts';

const home = createRoute({
  method: 'get',
  path: '/api/v1/home',
  tags: ['runs'],
  summary: 'What anybody needs to know first',
  responses: { 200: { description: 'The home page', content: { 'application/json': { schema: Home } } } },
});

/** What the home page shows. */
export function addHomeRoutes(api: Api, deps: HomeDeps): void {
  const show = createHome(deps);

  api.openapi(home, async (c) => c.json(await show(), 200));
}
