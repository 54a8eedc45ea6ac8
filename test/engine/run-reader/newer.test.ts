// What a newer release has written is left to it: nothing is quarantined, and what this release need not know is passed
// over and kept. Method: a run that waits for an approval, and a record behind it as a newer release would write it.

import { expect, test } from 'vitest';
import type { JournalRecord } from '../../../events/record.ts';
import { shownStatusOfLine } from '../../../machines/run/record/run-filter.ts';
import { recordBody } from '../../support/records.ts';
import { approval, createWorld, ended, start } from '../node-world.ts';

/** `run-1` waits for an approval; so does `run-2`, behind whose last record stands another one of a newer release. */
async function worldWith(later: (last: JournalRecord) => object) {
  const source = createWorld();
  const { workflows: before } = await source.join('source');
  const runs = [await start(before), await start(before)];
  const run = runs[1] ?? '';
  const world = createWorld();
  const troubles: (readonly [string, unknown])[] = [];
  const joined = await world.join('one', { onTrouble: (...trouble) => void troubles.push(trouble) });
  await start(joined.workflows);
  const bodies: string[] = [];
  for await (const { body } of source.journal.read(run)) bodies.push(body);
  const last = JSON.parse(bodies.at(-1) ?? '') as JournalRecord;
  const sequence = last.sequence + 1;
  const next = { ...last, id: `${run}/${sequence}`, sequence, previoushash: last.hash, ...later(last) };
  for (const body of [...bodies, recordBody(run, { ...next, hash: undefined } as object)])
    world.journal.plant({ run, body });

  return { ...world, ...joined, run, sequence, troubles };
}

test.each<readonly [string, object, string]>([
  ['an event that this release does not know', { type: 'task.teleported' }, 'no event "task.teleported"'],
  ['a newer version of an event', { dataversion: 99 }, 'version 99'],
  ['a member that changes what others mean', { critical: ['folded'], folded: 'x' }, 'without "folded"'],
])('a run with %s is left to newer engines, and others go on', async (_what, later, why) => {
  const { node, workflows, run, sequence, troubles } = await worldWith(() => later);
  await node.workOnAll();
  await node.workOnAll();

  expect(troubles).toMatchObject([[run, { code: 'run.newer' }]]);
  expect(await workflows.command(run, approval, 'ana')).toMatchObject({
    ok: false,
    refusal: { code: 'run.newer', message: expect.stringContaining(why) },
  });
  expect(await workflows.inspect(run)).toMatchObject({ damage: { code: 'journal.newer', sequence } });
  const line = (await workflows.list()).find((each) => each.run === run);
  expect(line === undefined ? undefined : shownStatusOfLine(line)).toBe('NEWER');
  await workflows.command('run-1', approval, 'ana');
  expect(await ended(workflows, 'run-1')).toContain('COMPLETED');
});

test('members that are not critical are passed over, replayed and kept, and the run goes on', async () => {
  const { node, workflows, run } = await worldWith(({ data }) => ({
    ...{ type: 'run.paused', actor: 'ana', weather: 'fine' },
    data: {
      ...data,
      mood: 'calm',
      fact: { reason: 'lunch', cook: 'bo' },
      transitions: [{ from: 'running', to: 'paused', by: 'bell' }],
      head: { ...data.head, status: 'PAUSED', shown: undefined, hue: 7 },
    } as never,
  }));
  await node.workOnAll();

  expect(await workflows.replay(run)).toMatchObject({ differences: [] });
  expect(await workflows.command(run, { kind: 'resumeRun' }, 'ana')).toMatchObject({ ok: true });
  await workflows.command(run, approval, 'ana');
  await expect.poll(async () => (await workflows.view(run)).state.status).toBe('COMPLETED');
  expect(await workflows.replay(run)).toMatchObject({ differences: [] });
});
