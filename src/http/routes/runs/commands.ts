import { createRoute, z } from '@hono/zod-openapi';
import type { DefinitionRef } from '../../../../events/run-events.ts';
import { AskedCommand, ForkRequest, Recorded } from '../../../api/commands.ts';
import { type Api, type ApiDeps, RequestRefused } from '../../api.ts';
import { runCommand } from '../../runs/asked-command.ts';
import { requestedEdit } from '../../runs/checked-input.ts';
import { recorded } from '../../runs/start-run.ts';

type Deps = Pick<ApiDeps, 'workflows'>;

const params = z.object({ run: z.string().min(1).max(200) });
const responses = {
  200: { description: 'What was recorded', content: { 'application/json': { schema: Recorded } } },
};
const body = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true,
  content: { 'application/json': { schema } },
});

const commanded = createRoute({
  method: 'post',
  path: '/api/v1/runs/{run}/commands',
  tags: ['runs'],
  summary: 'Asks something of a run: to pause, to go on, to end, to take an answer',
  request: { params, body: body(AskedCommand) },
  responses,
});

const forked = createRoute({
  method: 'post',
  path: '/api/v1/runs/{run}/fork',
  tags: ['runs'],
  summary: 'Starts a new run that goes on from an event of this one',
  request: { params, body: body(ForkRequest) },
  responses,
});

const adopted = createRoute({
  method: 'post',
  path: '/api/v1/runs/{run}/resume',
  tags: ['runs'],
  summary: 'Makes sure that an engine works on the run',
  request: { params },
  responses,
});

const migrated = createRoute({
  method: 'post',
  path: '/api/v1/runs/{run}/migrate',
  tags: ['runs'],
  summary: 'Has a run under way go on by another version of its definition, by the highest if none is named',
  request: {
    params,
    body: body(z.strictObject({ version: z.int().positive().optional() })),
  },
  responses,
});

/** What may be asked of a run that exists. */
export function addCommandRoutes(api: Api, deps: Deps): void {
  const { workflows } = deps;
  api.openapi(commanded, async (c) => {
    const run = await workflows.resolve(c.req.valid('param').run);
    const caller = c.get('caller');
    const command = await runCommand(workflows, c.req.valid('json'), { run, by: caller.actor });

    return c.json(recorded(await workflows.command(run, command, caller.actor)), 200);
  });
  api.openapi(forked, async (c) => {
    const run = await workflows.resolve(c.req.valid('param').run);

    return c.json(await fork(deps, { run, request: c.req.valid('json'), actor: c.get('caller').actor }), 200);
  });
  api.openapi(adopted, async (c) => {
    const run = await workflows.resolve(c.req.valid('param').run);
    await workflows.adopt(run);
    const { sequence } = await workflows.view(run);

    return c.json({ run, sequence }, 200);
  });
  api.openapi(migrated, async (c) => {
    const run = await workflows.resolve(c.req.valid('param').run);
    const { hash } = await versionOf(deps, run, c.req.valid('json').version);

    return c.json(recorded(await workflows.migrate(run, hash, c.get('caller').actor)), 200);
  });
}

type Fork = {
  readonly run: string;
  readonly request: z.output<typeof ForkRequest>;
  readonly actor: string;
};

/** The input is edited as it was then: a rerun may have changed it later. */
async function fork({ workflows }: Deps, { run, request, actor }: Fork): Promise<Recorded> {
  const { at, input: edits, reason } = request;
  const isEdited = edits !== undefined && Object.keys(edits).length > 0;
  const before = await workflows.viewAt(run, at);
  const input = isEdited ? requestedEdit(before.definition, before.state.input, edits) : undefined;

  return recorded(
    await workflows.fork({
      run,
      at,
      actor,
      ...(input === undefined ? {} : { input }),
      ...(reason === undefined ? {} : { reason }),
    }),
  );
}

async function versionOf(
  { workflows }: Deps,
  run: string,
  version: number | undefined,
): Promise<DefinitionRef> {
  const { id } = (await workflows.view(run)).state.definition;
  const stored = await workflows.definition(id, version);
  if (stored !== undefined) return stored.ref;

  throw new RequestRefused({
    code: 'definition.not-found',
    message: `${id} has no version ${version ?? ''} that is registered`,
  });
}
