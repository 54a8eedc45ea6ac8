// A run that goes on by another version does nothing twice and lacks nothing. Method: the real engine on the journal in
// memory, with two registered versions; every attempt is ended by the test.
import { expect, test } from 'vitest';
import { type Journal, RecordTooLarge } from '../../src/ports/runs/journal.ts';
import { createMemoryDefinitionStore } from '../../src/stores/memory/definition-store.ts';
import { chartOfText } from '../support/chart-of.ts';
import { bodiesOf, createStage, register } from '../support/engine-bench.ts';
import { createMemoryStores } from '../support/memory-stores.ts';

const id = 'run-1';
const versionOf = (version: number, tasks: readonly string[]) =>
  `workflow:\n  id: growing\n  version: ${version}\n  tasks:\n${tasks.map((task) => `    - ${task}\n`).join('')}`;

/** A run of the first of two versions. */
async function started(
  from: readonly string[],
  to: readonly string[],
  wrap: (journal: Journal) => Journal = (same) => same,
) {
  const [definitions, stores] = [createMemoryDefinitionStore(), createMemoryStores()];
  const texts = [versionOf(1, from), versionOf(2, to)] as const;
  for (const text of texts) await register(definitions, chartOfText(text), text);
  const stage = createStage({ definitions, stores, wrap });
  await stage.engine.startRun({ run: id, chart: chartOfText(texts[0]), input: {}, actor: 'test' });

  return { stage, hash: chartOfText(texts[1]).ref.hash };
}

test('what was carried out is not carried out again', async () => {
  const { stage, hash } = await started(
    ['{id: pay, uses: noop}', '{id: q, uses: noop}', '{id: z, uses: noop, depends_on: [pay, q]}'],
    [
      '{id: q, uses: noop}',
      '{id: pay, uses: noop, depends_on: q}',
      '{id: z, uses: noop, depends_on: [pay, q]}',
    ],
  );
  (await stage.attempt('pay#1')).complete();
  await stage.until(({ state }) => state.tasks['pay']?.state === 'completed');
  expect(await stage.engine.migrate(id, hash, { actor: 'ana' })).toMatchObject({
    ok: false,
    refusal: { message: expect.stringContaining('pay is completed (attempt 1) and would be waiting') },
  });
  (await stage.attempt('q#1')).complete();
  await stage.attempt('z#1');
  expect([...stage.begun].sort()).toEqual(['pay#1', 'q#1', 'z#1']);
});

test('large values that the new version makes are there for whatever reads them; asked again, nothing changes', async () => {
  const noted = (mark: string) => [
    '{id: a, uses: noop}',
    `{id: t, type: TRANSFORM, depends_on: a, output: {text: "${mark}\${a.output.text}\${a.output.text}"}}`,
    '{id: q, uses: noop, depends_on: t}',
    '{id: b, uses: noop, depends_on: q, input: {size: "${size(t.output.text)}"}}',
  ];
  const { stage, hash } = await started(noted('x'), noted('xyz'));
  (await stage.attempt('a#1')).complete({ text: 'y'.repeat(100_000) });
  const q = await stage.attempt('q#1');
  const asked = { actor: 'ana', id: 'once' };
  const moved = { ok: true, sequence: 4 };
  expect(await stage.engine.migrate(id, hash, asked)).toEqual(moved);
  expect(await stage.engine.migrate(id, hash, asked)).toEqual(moved);
  expect(await bodiesOf(stage.journal, id)).toHaveLength(4);
  q.complete();
  const b = await stage.attempt('b#1');
  expect(b.attempt.input).toEqual({ size: 200_003 });
  expect(stage.troubles).toEqual([]);
});

test('a run whose state does not fit one record stays, and it is said why', async () => {
  const narrow = (journal: Journal): Journal => ({
    ...journal,
    append: (entry) =>
      entry.body.includes('"type":"run.migrated"')
        ? Promise.reject(new RecordTooLarge(entry.id, 2, 1))
        : journal.append(entry),
  });
  const tasks = ['{id: a, uses: noop}'];
  const { stage, hash } = await started(tasks, [...tasks, '{id: b, uses: noop, depends_on: a}'], narrow);
  expect(await stage.engine.migrate(id, hash, { actor: 'ana' })).toMatchObject({
    ok: false,
    refusal: { message: 'it stays: its state is larger than one record of the journal may be' },
  });
});
