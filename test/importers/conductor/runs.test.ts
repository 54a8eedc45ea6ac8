// What an imported definition does is what Conductor did: its order, its branches, and null where something is missing.
// Method: the YAML goes through our own checker and runs in the pure core, as the engine would drive it.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { type Driven, startedRun } from '../../support/run-spec.ts';
import { imported, readFixture } from './conductor-fixtures.ts';

function started(file: string, input: Record<string, Json>): Driven {
  const [first] = imported(readFixture(file));

  return startedRun(chartOfText(first?.yaml ?? ''), input);
}

test('the task after a decision waits for the whole case that was taken, and for no other', () => {
  const run = started('nested-decision.json', { kind: 'a', size: 20 });
  expect(run.effects()).toEqual(['a1#1']);
  run.completes('a1', { value: 1 });
  expect(run.effects()).toEqual(['big1#1']);
  run.completes('big1', { value: 2 });
  expect(run.effects()).toEqual(['after#1']);
  expect(run.completes('after').isIn('COMPLETED').statuses()).toMatchObject({ b1: 'SKIPPED', b2: 'SKIPPED' });
});

test('a decision in a decision that takes no case does not hold the run up', () => {
  const run = started('nested-decision.json', { kind: 'a', size: 1 }).completes('a1', { value: 1 });
  expect(run.effects()).toEqual(['after#1']);
});

test('of the tasks before an exclusive join the first that was done is read, whatever case was taken', () => {
  const run = started('nested-decision.json', { kind: 'b', size: 1 })
    .completes('b1')
    .completes('b2', { value: 'two' });
  expect(JSON.stringify(run.run().state.tasks['picked'])).toContain('"two"');
  expect(run.effects()).toEqual(['after#1']);
});

test('branches run side by side, a join waits for all of them, and a delay comes before its task', () => {
  const run = started('fork-join.json', { src: 'a.mov', thumb: 'true' });
  expect(run.effects()).toEqual(['encode#1', 'thumb#1']);
  run.completes('encode', { file: 'f' }).completes('upload', { url: 'u' }).completes('thumb');
  expect(run.effects()).toEqual(['thumb_done#1']);
  run.completes('thumb_done');
  expect(run.effects()).toEqual([]);
  run.passes(30_000);
  expect(run.effects()).toEqual(['publish#1']);
});

test('missing outputs are null, and scripts work on what the tasks gave', () => {
  const run = started('scripts.json', {
    amount: 1200,
    rate: 5,
    name: 'a',
    list: [{ name: 'x', size: 20 }],
    day: 6,
  });
  expect(run.run().state.tasks['interest']?.output).toEqual({ result: 10 });
  expect(run.run().state.tasks['chosen']?.output).toEqual({ result: { found: true, big: ['x'] } });
  expect(run.run().state.tasks['lambda']?.output).toEqual({ result: { testvalue: true } });
  expect(run.effects()).toEqual(['dated#1']);
});
