// A token of somebody who answers approvals in place of another opens no more than the token is for. Method: the
// ports that routes get, over the real engine with a journal in memory, with principals and an absence.
import { OpenAPIHono } from '@hono/zod-openapi';
import { expect, test } from 'vitest';
import { authorityOf } from '../../machines/agents/authority.ts';
import type { ApiEnv } from '../../src/http/api.ts';
import { askedBy, bounded } from '../../src/http/authorized-ports.ts';
import { answerError } from '../../src/http/problem.ts';
import { definitionText } from '../support/definition-text.ts';
import { openServer } from './api-server.ts';

const authority = authorityOf([
  { name: 'ana', level: 'L1' },
  { name: 'bob', level: 'L2' },
]);
const asks = ['{ level: L1 }', '{ names: [ana], level: L1 }', '{ names: [ana] }'];

/** What comes of an approval by bob, with a token of this level: reached where the engine was asked. */
async function answered(approvers: string, level: 'L2' | 'L3', absent: readonly string[]) {
  const text = definitionText(`\n  - { id: sign, type: HUMAN, approvers: ${approvers} }\n`);
  const { deps, cli } = await openServer({ files: { 'definitions/under-test.yaml': text } });
  const { out } = await cli('start under-test --detach --json');
  const { run } = JSON.parse(out);
  const absences = { ...deps.absences, absentFor: async () => absent };
  const command = async () => ({ ok: true, sequence: 0 }) as never;
  const { workflows } = bounded({ ...deps, authority, absences, workflows: { ...deps.workflows, command } });
  const api = new OpenAPIHono<ApiEnv>();
  api.onError(answerError(() => undefined));
  api.use((c, next) => {
    const caller = { actor: 'bob', level };
    const signIn = () => Promise.resolve(caller);
    c.set('visitor', { isSignedIn: true, caller, signIn, isStillLetIn: () => Promise.resolve(true) });
    return next();
  });
  api.use(askedBy());
  const approval = { kind: 'approve', task: 'sign', by: 'bob' } as const;
  api.post('/approve', async (c) => c.json(await workflows.command(run, approval, 'bob')));
  const answer = (await (await api.request('/approve', { method: 'POST' })).json()) as { code?: string };

  return answer.code ?? 'reached';
}

test.each(asks)(
  'of whoever is asked by %s only a token that is all of its principal takes the place',
  async (asked) => {
    expect(await answered(asked, 'L2', ['ana'])).toBe('reached');
    expect(await answered(asked, 'L3', ['ana'])).toBe('authority.level');
  },
);

test('while nobody is away, a token is held against what is asked, and the run says who is', async () => {
  expect(await answered('{ level: L1 }', 'L2', [])).toBe('authority.level');
  expect(await answered('{ names: [ana] }', 'L3', [])).toBe('reached');
});
