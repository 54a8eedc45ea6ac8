// Whoever waits for a run is answered when it has ended, or when a person has to do something, and not later. Method:
// the real engine over a journal in memory, asked over HTTP.
import { expect, test, vi } from 'vitest';
import { runResult } from '../../../src/operations/runs/seen-run.ts';
import { openRoutes } from '../../http/routes-world.ts';

const files = {
  'definitions/quick.yaml': `workflow: {id: quick, version: 1, output: {b: "\${a.output.b}"}, tasks: [{id: a, type: TRANSFORM, output: {b: 1}}]}`,
  'definitions/signed.yaml': `workflow:
  id: signed
  version: 1
  tasks: [{id: told, type: WAIT, signal: go}, {id: sign, depends_on: told, type: HUMAN, wait_for_approval: true}]`,
};

async function started(definition: string) {
  const world = await openRoutes(files);
  const { run } = (await world.post('/runs', { definition })).body as { run: string };

  return { ...world, run };
}

test('the end of a run is waited for', async () => {
  const { get, run } = await started('quick');
  expect((await get(`/runs/${run}/result?wait=30`)).body).toEqual({
    run,
    status: 'COMPLETED',
    output: { b: 1 },
  });
});

test('a run that asks for an approval is not waited for any longer', async () => {
  const { get, post, run } = await started('signed');
  const waiting = get(`/runs/${run}/result?wait=60`);
  await post(`/runs/${run}/commands`, { kind: 'signal', name: 'go' });
  expect((await waiting).body).toMatchObject({ approvals: ['sign'], waitsFor: [{ task: 'sign' }] });
  expect((await get(`/runs/${run}/result?wait=60`)).body).toMatchObject({ approvals: ['sign'] });
});

test('nobody is waited for who is gone, and of one caller at most 50 answers wait at a time', async () => {
  const { workflows, clock, run } = await started('signed');
  let following = 0;
  let ended = 0;
  const counted = async function* (of: string, signal: AbortSignal) {
    following += 1;
    signal.addEventListener('abort', () => {
      ended += 1;
    });
    yield* workflows.follow(of, signal);
  };
  const deps = { workflows: { ...workflows, follow: counted }, clock };
  const gone = new AbortController();
  const ask = (actor: string) => runResult(deps, { run, wait: 60 }, { actor, gone: gone.signal });
  const waiting = Array.from({ length: 50 }, () => ask('ana'));
  await vi.waitFor(() => expect(following).toBe(50));
  expect(await ask('ana')).toMatchObject({ run, status: 'RUNNING' });
  const others = ask('ben');
  await vi.waitFor(() => expect(following).toBe(51));
  gone.abort();
  for (const result of await Promise.all([...waiting, others]))
    expect(result).toMatchObject({ run, status: 'RUNNING' });
  expect(ended).toBe(51);
  const again = new AbortController();
  const freed = runResult(deps, { run, wait: 60 }, { actor: 'ana', gone: again.signal });
  await vi.waitFor(() => expect(following).toBe(52));
  again.abort();
  await freed;
});

test('without a wait it is told at once what a run waits for', async () => {
  const { get, run } = await started('signed');
  const { body } = await get(`/runs/${run}/result`);
  expect(body).toMatchObject({ run, status: 'RUNNING', waitsFor: [{ task: 'told' }] });
  expect(body).not.toHaveProperty('approvals');
});
