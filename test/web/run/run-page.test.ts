// What the page of a run computes before it draws: its address, its pages of events, its tree of values, its words.
// Method: pure functions on hand-made values, whole answers compared.
import { expect, test } from 'vitest';
import { actionWords, arranged } from '../../../src/web/pages/run/actions/action-words.ts';
import { againFrom, againOnFork, againOnRetry } from '../../../src/web/pages/run/actions/again.ts';
import { askedBody, changedInputs } from '../../../src/web/pages/run/actions/asked-body.ts';
import { preview, treeRows } from '../../../src/web/pages/run/context-tree.ts';
import { pagesOfRows, rowOfSequence, sequenceOfRow } from '../../../src/web/pages/run/events/event-pages.ts';
import { runUrl, withRunUrl } from '../../../src/web/pages/run/run-url.ts';
import { laterEvent } from '../../../src/web/pages/run/timeline/scrub.ts';

const action = (kind: Parameters<typeof askedBody>[0]['kind'], task?: string) => ({
  kind,
  command: `workflow ${kind}`,
  who: 'anybody',
  ...(task === undefined ? {} : { task }),
});

test('reads the tab, the moment and the selection from the address, and what it does not know as usual', () => {
  expect(runUrl(new URLSearchParams('tab=events&at=41&task=pay&event=7&view=states'))).toEqual({
    tab: 'events',
    at: 41,
    view: 'states',
    task: 'pay',
    event: 7,
  });
  expect(runUrl(new URLSearchParams('tab=nonsense&at=-1&event=1e9&view=grid'))).toEqual({
    tab: 'timeline',
    at: undefined,
    view: 'tasks',
    task: undefined,
    event: undefined,
  });
});

test('changes only what is told of the address, and keeps what other parts wrote there', () => {
  const before = new URLSearchParams('tab=events&type=task.failed&task=pay');

  expect(withRunUrl(before, { at: 3 }).toString()).toBe('tab=events&type=task.failed&task=pay&at=3');
  expect(withRunUrl(before, { tab: 'timeline', task: undefined }).toString()).toBe('type=task.failed');
});

test('a step over the last event is the run as it is now, and there is none before the first', () => {
  expect(laterEvent(undefined, { by: -1, last: 10 })).toBe(9);
  expect(laterEvent(9, { by: 1, last: 10 })).toBeUndefined();
  expect(laterEvent(1, { by: -1, last: 10 })).toBe(1);
});

test('a list with the newest first finds the pages of 200 that its rows need', () => {
  expect(sequenceOfRow(0, 20_000)).toBe(20_000);
  expect(rowOfSequence(1, 20_000)).toBe(19_999);
  expect(pagesOfRows({ first: 0, last: 30 }, 20_000)).toEqual([99]);
  expect(pagesOfRows({ first: 0, last: 30 }, 20_010)).toEqual([100, 99]);
  expect(pagesOfRows({ first: 19_990, last: 19_999 }, 20_000)).toEqual([0]);
  expect(pagesOfRows({ first: 0, last: 0 }, 0)).toEqual([]);
});

const context = {
  sequence: 9,
  input: { folder: 'a' },
  variables: {},
  outputs: { pay: { total: 3, list: [1, 2] }, ship: null },
  changes: [
    { path: 'tasks.pay.output.total', before: 2, after: 3 },
    { path: 'variables.gone', before: 'x' },
    { path: 'input.folder', after: 'a' },
  ],
  omitted: 0,
};

test('the tree opens where something changed, and says what was there before', () => {
  const rows = treeRows(context, new Set());

  expect(rows.map(({ path, mark, before }) => [path, mark, before])).toEqual([
    ['input', 'inside', undefined],
    ['input.folder', 'added', undefined],
    ['variables', 'inside', undefined],
    ['tasks', 'inside', undefined],
    ['tasks.pay', 'inside', undefined],
    ['tasks.pay.output', 'inside', undefined],
    ['tasks.pay.output.total', 'changed', '2'],
    ['tasks.pay.output.list', undefined, undefined],
    ['tasks.ship', undefined, undefined],
    ['variables.gone', 'removed', '"x"'],
  ]);
});

test('a group of the tree that somebody closed stays closed', () => {
  const rows = treeRows(context, new Set(['tasks']));

  expect(rows.map(({ path }) => path)).toContain('tasks');
  expect(rows.map(({ path }) => path)).not.toContain('tasks.pay');
});

test('long values are shortened, groups are counted', () => {
  expect(preview('x'.repeat(500))).toHaveLength(121);
  expect([preview([1]), preview({ a: 1, b: 2 }), preview(null)]).toEqual(['1 item', '2 values', 'null']);
});

test('a rerun carries out the task and all behind it, also in a circle', () => {
  const node = (id: string) => ({ id, type: 'ACTION', x: 0, y: 0, width: 1, height: 1 });
  const edge = (from: string, to: string) => ({
    id: `${from}-${to}`,
    from,
    to,
    kind: 'needs' as const,
    points: [],
  });
  const graph = {
    nodes: ['a', 'b', 'c', 'd'].map(node),
    edges: [edge('a', 'b'), edge('b', 'c'), edge('c', 'b'), edge('a', 'd')],
  };

  expect(againFrom('b', graph)).toEqual(['b', 'c']);
  expect(againFrom('a', graph)).toEqual(['a', 'b', 'c', 'd']);
});

test('a retry takes up what failed, a fork what was not settled', () => {
  const rows = [
    { id: 'a', status: 'COMPLETED' },
    { id: 'b', status: 'FAILED' },
    { id: 'c', status: 'IN_PROGRESS' },
  ];

  expect(againOnRetry(rows)).toEqual(['b']);
  expect(againOnFork(rows)).toEqual(['c']);
});

test('asks as the server reads it: nothing that was not given, comments for answers, reasons for the rest', () => {
  expect(askedBody(action('resumeRun'), { reason: 'x' })).toEqual({ kind: 'resumeRun' });
  expect(askedBody(action('cancelRun'), { reason: 'x' })).toEqual({ kind: 'cancelRun', reason: 'x' });
  expect(askedBody(action('approve', 'ok'), { reason: 'fine', data: {} })).toEqual({
    kind: 'approve',
    task: 'ok',
    comment: 'fine',
  });
  expect(askedBody(action('rerun'), { from: 'a', data: { n: 1 } })).toEqual({
    kind: 'rerun',
    from: 'a',
    input: { n: 1 },
  });
  expect(askedBody(action('resolveTask', 'a'), {})).toEqual({ kind: 'resolveTask', task: 'a', output: null });
  expect(() => askedBody(action('fork'), {})).toThrow(/fork/);
});

test('sends only inputs that were changed: a secret that is not shown stays what it is', () => {
  expect(changedInputs({ key: '[hidden]', n: 1, l: [1] }, { key: '[hidden]', n: 2, l: [1] })).toEqual({
    n: 2,
  });
});

test('an approval stands out before a retry, a retry before all else; a kind that is not known keeps its name', () => {
  const all = [action('pauseRun'), action('retryRun'), action('approve', 'ok'), action('skipTask', 'b')];

  expect(arranged(all)).toEqual({
    primary: action('approve', 'ok'),
    ofRun: [action('pauseRun'), action('retryRun')],
    ofTasks: [action('skipTask', 'b')],
  });
  expect(arranged([action('pauseRun')]).primary).toBeUndefined();
  expect(actionWords('somethingNew').verb).toBe('somethingNew');
  expect(actionWords('cancelRun').tone).not.toBe(actionWords('terminateRun').tone);
});
