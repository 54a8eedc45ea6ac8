import { createRoute, type z } from '@hono/zod-openapi';
import { BulkReport, BulkRequest } from '../../../api/commands.ts';
import { parseWhere } from '../../../projections/where.ts';
import { type Api, type ApiDeps, type Caller, RequestRefused } from '../../api.ts';
import { refuseUnlessAllowed } from '../../authorize.ts';
import { changeMany, dryReport, refuseOtherCount } from '../../runs/change-many.ts';

type Deps = Pick<ApiDeps, 'workflows' | 'board' | 'authority'>;

const changed = createRoute({
  method: 'post',
  path: '/api/v1/runs/bulk',
  tags: ['runs'],
  summary: 'The same for all runs that fit; without `dryRun`, `expectCount` has to be how many there are now',
  request: { body: { required: true, content: { 'application/json': { schema: BulkRequest } } } },
  responses: {
    200: {
      description: 'What became of each',
      content: { 'application/json': { schema: BulkReport } },
    },
  },
});

/** Commands for many runs at once. */
export function addBulkRoutes(api: Api, deps: Deps): void {
  api.openapi(changed, async (c) => c.json(await bulk(deps, c.get('caller'), c.req.valid('json')), 200));
}

async function bulk(
  deps: Deps,
  caller: Caller,
  { where, command, dryRun, expectCount }: z.output<typeof BulkRequest>,
): Promise<BulkReport> {
  const matches = parseWhere([where]);
  refuseUnlessAllowed(deps.authority, caller, { kind: 'control', what: 'changing many runs at once' });
  await deps.board.ready;
  const chosen = deps.board.lines().filter(matches);
  if (dryRun) {
    refuseOtherCount(chosen.length, expectCount);
    return { where, dryRun, ...dryReport(deps, chosen) };
  }
  if (expectCount === undefined) {
    const message = `${chosen.length} runs fit; say with "expectCount" how many you mean`;
    throw new RequestRefused({ code: 'usage.confirm', message }, 'ask with "dryRun" to see which');
  }
  refuseOtherCount(chosen.length, expectCount);

  return { where, dryRun, ...(await changeMany(deps, caller, { chosen, command })) };
}
