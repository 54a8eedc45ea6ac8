// Who may ask for work, and what is asked for wrongly. Method: the routes alone; with no server behind them a request
// that may be carried out finds none.
import { OpenAPIHono } from '@hono/zod-openapi';
import { expect, test } from 'vitest';
import type { Api, ApiEnv } from '../../../../src/http/api.ts';
import { answerError, answerInvalid } from '../../../../src/http/problem.ts';
import { addWorkRoutes } from '../../../../src/http/routes/agents/work.ts';
import type { Caller } from '../../../../src/ports/access/authority.ts';
import { WorkQueueUnavailable } from '../../../../src/ports/work/work-queue.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

async function asked(path: string, body: unknown, caller: Caller = { actor: 'ana' }) {
  const api: Api = new OpenAPIHono<ApiEnv>({ defaultHook: (result, c) => answerInvalid(result, c) });
  api.use(async (c, next) => {
    c.set('caller', caller);
    await next();
  });
  api.onError(answerError(() => undefined));
  const link = () => Promise.reject(new WorkQueueUnavailable('no server'));
  addWorkRoutes(api, { work: { link, secret: async () => 'secret' }, clock: createManualClock() });
  const answer = await api.request(`/api/v1/work/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

  return [answer.status, ((await answer.json()) as { code: string }).code];
}

const noServer = [503, 'work.unavailable'];

test('a token may ask for the work of the agent it is named after, or with level L1 for that of any', async () => {
  const claim = (caller: Caller) => asked('claim', { agent: 'GREETER' }, caller);
  expect(await claim({ actor: 'ana' })).toEqual(noServer);
  expect(await claim({ actor: 'GREETER', level: 'L3' })).toEqual(noServer);
  expect(await claim({ actor: 'ana', level: 'L1' })).toEqual(noServer);
  expect(await claim({ actor: 'ana', level: 'L0' })).toEqual(noServer);
  expect(await claim({ actor: 'ana', level: 'L2' })).toEqual([403, 'authority.agent']);
  expect(await claim({ actor: 'GREETERS', level: 'L3' })).toEqual([403, 'authority.agent']);
});

test.each([
  ['claim', {}],
  ['claim', { agent: '' }],
  ['claim', { agent: 'A', waitMs: 55_001 }],
  ['claim', { agent: 'A', waitMs: -1 }],
  ['claim', { agent: 'A', capacity: 0 }],
  ['claim', { agent: 'A', agents: 'B' }],
  ['complete', { output: 1 }],
  ['complete', { claim: '' }],
  ['fail', { claim: 'c', error: { code: '', message: '' } }],
  ['fail', { claim: 'c' }],
  ['heartbeat', { claim: 'c', progress: { percent: 101 } }],
  ['release', { claim: 'c', reasons: 'none' }],
])('%s with %j is refused as it is', async (path, body) => {
  expect(await asked(path, body)).toEqual([400, 'http.invalid']);
});

test('an agent whose name nobody can have is refused', async () => {
  expect(await asked('claim', { agent: 'ä'.repeat(200) })).toEqual([400, 'http.agent']);
});
