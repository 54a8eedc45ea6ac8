// A project whose server was restored knows what is lost with it. Method: one server, of which everything is taken away
// in between, as where its disk was lost.
import { expect, test } from 'vitest';
import { lostTexts } from '../../../src/engine/board/ledger.ts';
import { definitionOf, openSite } from './site.ts';

const definition = definitionOf(`workflow:
  id: waits
  version: 1
  tasks: [{id: go, type: WAIT, signal: go}]
`);

test('a journal that was restored is told as another one, until somebody accepts that', async () => {
  const site = await openSite('told');
  const first = await site.engine();
  const start = { definition, file: 'waits', input: {}, actor: 'test' };
  const before = await first.workflows.start(start);
  const copied = await site.backup();
  await first.workflows.start(start);
  await first.close();
  await site.empty();
  await site.restore(copied);

  const { ledger, workflows } = await site.engine();

  const told = async () => lostTexts(await ledger.check({ whole: true })).join();
  expect(await told()).toContain('is gone with 2 runs, and another one is in its place [ledger.replaced]');
  expect((await workflows.view(before.run)).state.status).toBe('RUNNING');
  await ledger.accept('test');
  expect(await told()).toBe('');
}, 60_000);
