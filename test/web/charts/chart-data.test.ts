import { expect, test } from 'vitest';
import { insightCharts, markNames, percentText, versionMarks } from '../../../src/web/charts/chart-data.ts';

const span = { started: 3, ended: 2, completed: 1, failed: 1, cancelled: 0, terminated: 0 };

test('a span without a value leaves a gap, which is not a nought', () => {
  const series = [
    { ...span, at: '2026-11-22T10:00:00.000Z', successRate: 0.5, p50Ms: 900, p95Ms: 1_000 },
    { ...span, at: '2026-11-22T11:00:00.000Z', ended: 0 },
  ];
  const [throughput, success, duration] = insightCharts({ series });

  expect(throughput?.lines.map(({ values }) => values)).toEqual([
    [3, 3],
    [1, 1],
    [1, 1],
  ]);
  expect(success?.lines[0]?.values).toEqual([0.5, null]);
  expect(duration?.lines.map(({ values }) => values[1])).toEqual([null, null]);
  expect(duration?.say(118_000)).toBe('1m58s');
});

test('versions from before the span are not marked', () => {
  const versions = [
    { definition: 'orders', version: 1, at: '2026-11-20T00:00:00.000Z' },
    { definition: 'orders', version: 2, at: '2026-11-22T10:30:00.000Z' },
  ];
  const marks = versionMarks({ versions, from: '2026-11-22T10:00:00.000Z', to: '2026-11-22T11:00:00.000Z' });

  expect(marks.map(({ text }) => text)).toEqual(['orders v2']);
});

test('near the ends a percent is told to a tenth', () => {
  expect([0, 0.004, 0.5, 0.995, 1].map(percentText)).toEqual(['0 %', '0.4 %', '50 %', '99.5 %', '100 %']);
});

test('versions that were used first at nearly the same time are counted, so that no name lies on another', () => {
  const marks = [
    { at: 900, text: 'late v1' },
    { at: 10, text: 'orders v1' },
    { at: 20, text: 'billing v1' },
    { at: 400, text: 'orders v2' },
  ];

  expect(markNames(marks, 1_000)).toEqual([
    { at: 10, text: '2 versions' },
    { at: 400, text: 'orders v2' },
    { at: 900, text: 'late v1' },
  ]);
});
