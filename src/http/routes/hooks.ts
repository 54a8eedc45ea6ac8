import { createRoute, z } from '@hono/zod-openapi';
import type { Hook } from '../../../machines/serve-file/served.ts';
import { RequestRefused } from '../../operations/use-case.ts';
import type { Api, ApiDeps } from '../api.ts';
import { hookEvent } from '../hooks/hook-event.ts';
import { doubtAbout, type HookRequest } from '../hooks/signatures.ts';

type Deps = Pick<ApiDeps, 'hooks' | 'triggers' | 'clock'>;

const taken = createRoute({
  method: 'post',
  path: '/hooks/{name}',
  tags: ['events'],
  summary: 'Takes what another program tells: it becomes an event',
  request: { params: z.object({ name: z.string().max(100) }) },
  responses: {
    202: {
      description: 'It is stored; `stored` false: it had been before',
      content: { 'application/json': { schema: z.object({ id: z.string(), stored: z.boolean() }) } },
    },
  },
});

/** Hooks of serve.yaml: authenticated by signature, without a token. */
export function addHookRoutes(api: Api, deps: Deps): void {
  api.openapi(taken, async (c) => {
    const { name } = c.req.valid('param');
    const hook = deps.hooks.file.current().hooks.find((each) => each.name === name);
    if (hook === undefined) throw unknown(name);
    const request = { headers: c.req.raw.headers, body: new Uint8Array(await c.req.arrayBuffer()) };
    believe(hook, request, deps);
    const event = hookEvent(hook, request, new Date(deps.clock.now()).toISOString());
    const answer = await deps.triggers.emit(event, { as: hook.as ?? `hook:${hook.name}` });
    if ('code' in answer) throw new RequestRefused(answer);

    return c.json({ id: event.id, stored: answer.stored }, 202);
  });
}

/** Throws RequestRefused (`hook.signature`) unless the sender knows the secret. */
function believe({ name, signed }: Hook, request: HookRequest, { hooks, clock }: Deps): void {
  // Only hooks declared as open to everybody have no signature.
  if (signed === undefined) return;
  const secret = hooks.secrets.get(signed.secret);
  if (secret === undefined) throw noSecret(name, signed.secret);
  const doubt = doubtAbout(request, signed.by, { secret, nowMs: clock.now() });
  if (doubt !== undefined) throw new RequestRefused({ code: 'hook.signature', message: doubt });
}

function unknown(name: string): RequestRefused {
  const message = `there is no hook ${JSON.stringify(name)}; serve.yaml says which there are`;

  return new RequestRefused({ code: 'hook.unknown', message });
}

function noSecret(hook: string, secret: string): RequestRefused {
  const message = `the secret ${secret} of the hook ${hook} is not set where the engine runs, so nothing can be checked`;

  return new RequestRefused({ code: 'http.unavailable', message }, `${secret}=... in .3ox/secrets.env`);
}
