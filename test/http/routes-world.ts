// The API over the real engine with a journal in memory, in a project of its own, asked as any client asks. Routes are
// added as the server does it; who asks is said by a header: `ana`, or `ana:L3` with a token of that level.

import { OpenAPIHono } from '@hono/zod-openapi';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { galleryOf } from '../../src/compose/gallery.ts';
import { systemClock as clock } from '../../src/compose/system-clock.ts';
import type { Api, ApiDeps, ApiEnv } from '../../src/http/api.ts';
import { askedBy, bounded } from '../../src/http/authorized-ports.ts';
import { addOperationRoutes } from '../../src/http/operation-routes.ts';
import { answerError, answerInvalid } from '../../src/http/problem.ts';
import { loadAllOperations } from '../../src/operations/load-operations.ts';
import type { OperationPorts } from '../../src/operations/use-case.ts';
import { createProjectDefinitions } from '../../src/project/project-definitions.ts';
import { createProject } from '../cli/project.ts';
import { testsHere } from '../support/tests-here.ts';

const Level = z.enum(['L0', 'L1', 'L2', 'L3']);

/** What routes are given here. */
export type WorldDeps = Pick<
  ApiDeps,
  | 'workflows'
  | 'board'
  | 'rows'
  | 'agents'
  | 'triggers'
  | 'goals'
  | 'definitionFiles'
  | 'gallery'
  | 'absences'
  | 'erasures'
  | 'retention'
  | 'world'
  | 'clock'
  | 'project'
  | 'readOnly'
>;

export type Asked = { readonly status: number; readonly body: never };

export async function openRoutes(
  files: Readonly<Record<string, string>>,
  add: (api: Api, deps: WorldDeps) => void = () => undefined,
  more: Partial<OperationPorts> | ((ports: WorldDeps) => Partial<OperationPorts>) = {},
) {
  const project = await createProject(files);
  const { app, dir } = project;
  const session = await app.open({ projectDir: dir, engine: 'embedded' }, () => undefined);
  const { ports: opened, close } = await app.ports(dir, () => undefined);
  const { agents, triggers, board, rows, goals, absences, erasures, retention } = opened;
  onTestFinished(async () => {
    await close();
    await session.close();
  });
  const deps: WorldDeps = {
    workflows: session.workflows,
    board,
    rows,
    agents,
    triggers,
    goals,
    absences,
    erasures,
    retention,
    clock,
    definitionFiles: createProjectDefinitions({ projectDir: dir }),
    gallery: galleryOf({ projectDir: dir }, testsHere),
    world: () => app.world(dir),
    project: { dir, namespace: 'default', version: '0' },
    readOnly: false,
  };
  const api: Api = new OpenAPIHono<ApiEnv>({ defaultHook: (result, c) => answerInvalid(result, c) });
  api.use(async (c, next) => {
    const [actor = 'ana', level] = (c.req.header('x-as') ?? 'ana').split(':');
    const caller = { actor, ...(level === undefined ? {} : { level: Level.parse(level) }) };
    c.set('caller', caller);
    const signIn = () => Promise.resolve(caller);
    const isStillLetIn = () => Promise.resolve(true);
    c.set('visitor', { isSignedIn: true, caller, signIn, isStillLetIn });
    await next();
  });
  api.use(askedBy());
  api.onError(answerError(() => undefined));
  const ports = { ...deps, ...bounded(deps) };
  const within = { ...ports, ...(typeof more === 'function' ? more(ports) : more) };
  // Operations that need more than there is here fail when they are asked for.
  addOperationRoutes(api, { portsOf: () => within as OperationPorts }, await loadAllOperations());
  add(api, within);
  await board.ready;

  return { ...project, ...deps, ...asking(api) };
}

function asking(api: Api) {
  const asked = async (response: Response): Promise<Asked> => ({
    status: response.status,
    body: (await response.json()) as never,
  });

  return {
    get: async (path: string, as = 'ana') =>
      asked(await api.request(`/api/v1${path}`, { headers: { 'x-as': as } })),
    post: async (path: string, body: unknown, as = 'ana') =>
      asked(
        await api.request(`/api/v1${path}`, {
          method: 'POST',
          headers: { 'x-as': as, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      ),
    raw: (path: string, init?: RequestInit) => api.request(`/api/v1${path}`, init),
  };
}
