import { createRoute, type z } from '@hono/zod-openapi';
import { EmergencyReport, EmergencyRequest } from '../../../api/commands.ts';
import type { Api, ApiDeps, Caller } from '../../api.ts';
import { refuseUnlessAllowed } from '../../authorize.ts';
import { changeMany, dryReport, type ManyCommand, refuseOtherCount } from '../../runs/change-many.ts';
import { type EmergencyTargets, emergencyEffect, emergencyScope } from '../../runs/emergency-scope.ts';
import { pauseTriggers } from '../../runs/pause-triggers.ts';

type Deps = Pick<ApiDeps, 'workflows' | 'board' | 'triggers' | 'authority'>;
type Asked = z.output<typeof EmergencyRequest>;

const stopped = createRoute({
  method: 'post',
  path: '/api/v1/emergency',
  tags: ['runs'],
  summary: 'Stops much at once; with `dryRun` tells what would happen, in words',
  request: { body: { required: true, content: { 'application/json': { schema: EmergencyRequest } } } },
  responses: {
    200: {
      description: 'What will happen, or has',
      content: { 'application/json': { schema: EmergencyReport } },
    },
  },
});

/** The emergency stop. */
export function addEmergencyRoutes(api: Api, deps: Deps): void {
  api.openapi(stopped, async (c) => c.json(await emergency(deps, c.get('caller'), c.req.valid('json')), 200));
}

const kinds = { pause: 'pauseRun', cancel: 'cancelRun', terminate: 'terminateRun' } as const;

async function emergency(deps: Deps, caller: Caller, asked: Asked): Promise<EmergencyReport> {
  const { where, dryRun, expectCount } = asked;
  refuseUnlessAllowed(deps.authority, caller, { kind: 'control', what: 'an emergency stop' });
  await deps.board.ready;
  const scope = await emergencyScope(deps, asked);
  refuseOtherCount(asked.action === 'stop-starts' ? scope.triggers.length : scope.runs.length, expectCount);
  const report = {
    where,
    dryRun,
    effect: [...emergencyEffect(asked.action, scope)],
    triggers: scope.triggers.map(({ definition, trigger }) => `${definition}/${trigger}`),
  };
  if (asked.action === 'stop-starts')
    return { ...report, ...(await stopStarts(deps, caller, { asked, scope })) };
  const command: ManyCommand = { kind: kinds[asked.action], reason: asked.reason };
  const { runs: chosen } = scope;

  return {
    ...report,
    ...(dryRun ? dryReport(deps, chosen) : await changeMany(deps, caller, { chosen, command })),
  };
}

type Stopping = { readonly asked: Asked; readonly scope: EmergencyTargets };

/** Counts triggers; what could not be paused is told by its name. */
async function stopStarts({ triggers }: Deps, caller: Caller, { asked, scope }: Stopping) {
  const { reason, dryRun } = asked;
  const total = scope.triggers.length;
  if (dryRun) return { total, changed: 0, refused: 0, items: [] };
  const refusals = await pauseTriggers(triggers, caller, { names: scope.triggers, reason });
  const items = refusals.map(({ name, refusal }) => ({
    run: '',
    shortId: '',
    definition: `${name.definition}/${name.trigger}`,
    status: 'trigger',
    ok: false,
    refusal,
  }));

  return { total, changed: total - refusals.length, refused: refusals.length, items };
}
