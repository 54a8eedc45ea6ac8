// A route that forgets to ask whether a token reaches so far is caught all the same. Method: routes that forget it,
// over the real engine with a journal in memory.
import { OpenAPIHono } from '@hono/zod-openapi';
import { expect, test } from 'vitest';
import type { ApiEnv } from '../../src/http/api.ts';
import { askedBy, bounded } from '../../src/http/authorized-ports.ts';
import { answerError } from '../../src/http/problem.ts';
import { openServer } from './api-server.ts';

const control = { kind: 'pauseRun' } as const;

async function openForgetful(caller: { readonly actor: string; readonly level?: 'L1' | 'L3' }) {
  const { deps } = await openServer();
  const read: string[] = [];
  const view: typeof deps.workflows.view = (run) => {
    read.push(run);
    return deps.workflows.view(run);
  };
  const { workflows, agents, triggers } = bounded({ ...deps, workflows: { ...deps.workflows, view } });
  const api = new OpenAPIHono<ApiEnv>();
  api.onError(answerError(() => undefined));
  api.use((c, next) => {
    const signIn = () => Promise.resolve(caller);
    const isStillLetIn = () => Promise.resolve(true);
    c.set('visitor', { isSignedIn: true, caller, signIn, isStillLetIn });
    return next();
  });
  api.use(askedBy());
  api.post('/pause', async (c) => c.json(await workflows.command('none', control, 'ada')));
  const approval = { kind: 'approve', task: 'ask', by: 'ada' } as const;
  api.post('/approve', async (c) => c.json(await workflows.command('none', approval, 'ada')));
  api.post('/adopt', async (c) => c.json(await workflows.adopt('none')));
  api.post('/drain', async (c) => c.json((await agents.drain('A', { by: 'ada' })) ?? null));
  api.post('/emit', async (c) => {
    const event = { id: '1', source: '/x', type: 'a.b', time: new Date(0).toISOString() };
    return c.json(await triggers.emit(event as never, { as: 'ada' }));
  });
  api.post('/hooks/x', async (c) => c.json((await agents.drain('A', { by: 'hook:x' })) ?? null));
  const code = async (path: string) => {
    const answer = await api.request(path, { method: 'POST' });
    return ((await answer.json()) as { readonly code?: string }).code;
  };

  return { code, workflows, read };
}

test('a token of a low level is stopped behind a route that lets everybody in', async () => {
  const { code } = await openForgetful({ actor: 'ada', level: 'L3' });

  const codes = [await code('/pause'), await code('/adopt'), await code('/drain'), await code('/emit')];
  expect(codes).toEqual(Array.from({ length: 4 }, () => 'authority.level'));
});

test('the run is read once for an answer to an approval, and for no other command', async () => {
  const { code, read } = await openForgetful({ actor: 'ada', level: 'L1' });
  await code('/pause');
  expect(read).toEqual([]);
  expect(await code('/approve')).toBe('run.not-found');
  expect(read).toEqual(['none']);
});

test('nobody commands in the name of somebody else, and nobody outside of a request', async () => {
  const { code, workflows } = await openForgetful({ actor: 'eve', level: 'L1' });

  expect([await code('/pause'), await code('/drain')]).toEqual(['authority.not-you', 'authority.not-you']);
  await expect(workflows.command('none', control, 'ada')).rejects.toMatchObject({
    code: 'authority.not-you',
  });
});

test('who reaches so far comes to the engine, and so does what a hook vouches for', async () => {
  const { code } = await openForgetful({ actor: 'ada', level: 'L1' });

  expect([await code('/pause'), await code('/drain')]).toEqual(['run.not-found', 'agent.unknown']);
  expect(await code('/hooks/x')).toBe('agent.unknown');
});
