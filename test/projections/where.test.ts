// The terms of --where. Method: lines of the index made by hand, and what each text finds among them.

import { expect, test } from 'vitest';
import type { Head, RunStatus } from '../../events/record.ts';
import type { RunSummary } from '../../src/ports/runs/run-index.ts';
import { parseWhere } from '../../src/projections/where.ts';

const runs = [
  summary('one', {
    status: 'FAILED',
    definition: 'orders',
    startedAt: '2026-01-01T10:00:00.000Z',
    error: 'payment.declined',
    found: { key: 'A 7', labels: { team: 'finance' }, errorText: 'the Card was declined' },
  }),
  summary('two', {
    status: 'RUNNING',
    definition: 'orders',
    startedAt: '2026-02-01T00:00:00.000Z',
    trigger: 'order.paid',
    active: ['each[3].pay'],
    found: { labels: { team: 'ops, north' } },
  }),
  summary('three', {
    status: 'TIMED_OUT',
    definition: 'ordering',
    startedAt: '2026-03-01T10:00:00.000Z',
    parent: 'one',
    error: 'run.timeout',
    found: { searchable: { order: '42' } },
  }),
];

test.each([
  ['status=FAILED', ['one']],
  ['status=failed,timed-out', ['one', 'three']],
  ['status!=FAILED', ['two', 'three']],
  ['definition=orders', ['one', 'two']],
  ['definition=orders@1', ['one', 'two']],
  ['definition=orders@2', []],
  ['error=payment.declined', ['one']],
  ['error=payment.*,run.*', ['one', 'three']],
  ['error=pay', []],
  ['active=pay', ['two']],
  ['active=each[3].pay', ['two']],
  ['trigger=order.paid', ['two']],
  ['trigger=manual,sub-workflow', ['one', 'three']],
  ['trigger!=manual', ['two', 'three']],
  ['started>2026-01-31', ['two', 'three']],
  ['started>2026-02-01', ['three']],
  ['started>=2026-02-01', ['two', 'three']],
  ['started<2026-01-01T12:00:00+02:00', []],
  ['started<=2026-01-01T10:00', ['one']],
  ['definition=orders status=FAILED', ['one']],
  ['run=one,three', ['one', 'three']],
  ['run=on', []],
  ['key="A 7"', ['one']],
  ['key~a', ['one']],
  ['label.team=finance,"ops, north"', ['one', 'two']],
  ['label.team!=finance', ['two', 'three']],
  ['input.order=42', ['three']],
  ['error~TIMEOUT', ['three']],
  ['error~"card was"', ['one']],
  ['archived=no', ['one', 'two', 'three']],
])('%s finds %j', (text, found) => {
  expect(runs.filter(parseWhere([text])).map(({ run }) => run)).toEqual(found);
});

test('terms may stand in one text or in several', () => {
  const apart = runs.filter(parseWhere(['definition=orders', 'status=RUNNING']));
  expect(apart).toEqual(runs.filter(parseWhere(['  definition=orders   status=RUNNING '])));
});

test.each([
  ['', 'needs a term'],
  ['statos=FAILED', 'did you mean "status"?'],
  ['FAILED', 'is none of status, definition'],
  ['constructor=x', 'is none of status'],
  ['status=FAILD', 'did you mean "FAILED"?'],
  ['status>FAILED', 'only = and !='],
  ['definition=', 'a value is missing'],
  ['started=2026-01-01', 'takes <, <=, > or >='],
  ['started>yesterday', 'is no time'],
  ['started>2026-13-01', 'is no time'],
  ['label=finance', 'write label.<name>=finance'],
  ['labels.team=x', 'is none of status'],
  ['status.x=FAILED', 'is none of status'],
  ['status~FAILED', 'only = and !='],
  ['key>1', 'only =, != and ~'],
  ['key=""', 'a value is missing'],
  ['archived=maybe', 'archived is yes or no'],
])('%j is refused: %s', (text, message) => {
  expect(() => parseWhere([text])).toThrow(message);
});

type Given = {
  readonly status: RunStatus;
  readonly definition: string;
  readonly startedAt: string;
  readonly error?: string;
  readonly trigger?: string;
  readonly parent?: string;
  readonly active?: readonly string[];
  readonly found?: Partial<Head>;
};

function summary(run: string, { definition, active = [], found, ...head }: Given): RunSummary {
  return {
    run,
    sequence: 1,
    position: 1,
    updatedAt: head.startedAt,
    head: {
      ...head,
      ...found,
      definition: { id: definition, version: 1, hash: '' },
      settled: 0,
      tasks: 1,
      active: active.map((task) => ({ task, status: 'IN_PROGRESS' })),
    },
  };
}

test('a run is found by its id, or by as much of it as is shown of ids', () => {
  const line = summary('01j0000000000abc', {
    status: 'RUNNING',
    definition: 'orders',
    startedAt: '2026-01-01',
  });
  const fits = (text: string) => parseWhere([text])(line);
  expect([fits('run=01j0000000000abc'), fits('run=01j0000000000'), fits('run=01j000000000')]).toEqual([
    true,
    true,
    false,
  ]);
  expect([fits('run!=01j0000000000abc'), fits('run=one,01j0000000000')]).toEqual([false, true]);
});
