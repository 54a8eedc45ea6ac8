// What the keys of the terminal dashboard do. Method: a list made by hand, keys one after another, and what is asked.
import { expect, test } from 'vitest';
import { press } from '../../../src/terminal/dashboard/dashboard.ts';
import {
  type DashboardAct,
  type DashboardState,
  listedRuns,
} from '../../../src/terminal/dashboard/known-runs.ts';
import type { Key } from '../../../src/terminal/screen/key.ts';
import { atFirst, knownOf, lineOf, threeRuns } from './known-runs.ts';

const [ended, running, paused] = [
  '01aaaaaaaaaaaaaaaaaaaaaaaa',
  '01bbbbbbbbbbbbbbbbbbbbbbbb',
  '01cccccccccccccccccccccccc',
];
const known = knownOf(threeRuns);

/** `k`, `<enter>`: letters are typed, what stands between angle brackets is a key by its name. */
function pressAll(keys: string, from: DashboardState = atFirst, of = known) {
  let state = from;
  const asked: DashboardAct[] = [];
  for (const [, name, letter = ''] of keys.matchAll(/<(\w+)>|(.)/gu)) {
    const key = name === undefined ? { name: 'text', text: letter } : { name };
    const pressed = press(state, key as Key, of);
    state = pressed.state;
    if (pressed.asked !== undefined) asked.push(pressed.asked);
  }

  return { state, asked };
}

test('lists runs under way before those that ended, each group by its latest start', () => {
  expect(listedRuns(known, atFirst).map(({ run }) => run)).toEqual([paused, running, ended]);
});

test('marks the next run, and stays at the last', () => {
  expect(pressAll('<down>').state.marked).toBe(running);
  expect(pressAll('<down><down><down><down>').state.marked).toBe(ended);
  expect(pressAll('<end><home>').state.marked).toBe(paused);
});

test('the mark stays with its run when the list changes', () => {
  const { state } = pressAll('<down>');
  const more = knownOf([
    lineOf('01dddddddddddddddddddddddd', { startedAt: '2026-01-02T00:00:00.000Z' }),
    ...threeRuns,
  ]);
  expect(pressAll('p<enter>', state, more).asked).toEqual([{ kind: 'pauseRun', run: running }]);
});

test('P pauses a run under way, and says why it does not pause another', () => {
  expect(pressAll('<down>py').asked).toEqual([{ kind: 'pauseRun', run: running }]);
  expect(pressAll('p').asked).toEqual([]);
  expect(pressAll('p').state.note).toEqual({ text: 'not paused: the run is paused already', isError: true });
  expect(pressAll('<end>p').state.note?.text).toBe('not paused: the run has ended COMPLETED');
});

test('R resumes what is paused and reads everything anew otherwise', () => {
  expect(pressAll('r<enter>').asked).toEqual([{ kind: 'resumeRun', run: paused }]);
  expect(pressAll('<down>r').asked).toEqual([{ kind: 'refresh' }]);
});

test('P and R ask first, name their run, and do nothing unless that is confirmed', () => {
  expect(pressAll('<down>p')).toMatchObject({
    asked: [],
    state: { dialog: { asks: 'pauseRun', run: running, definition: 'orders v1' } },
  });
  expect(pressAll('r')).toMatchObject({ asked: [], state: { dialog: { asks: 'resumeRun', run: paused } } });
  for (const keys of ['<down>pn', '<down>p<escape>', '<down>pp', 'r<escape>'])
    expect(pressAll(keys)).toMatchObject({ asked: [], state: { view: 'runs' } });
  for (const keys of ['<down>pn', '<down>pp']) expect(pressAll(keys).state.dialog).toBeUndefined();
});

test('what P would pause does not change with the list', () => {
  const { state } = pressAll('<down>p');
  const moved = knownOf([lineOf('01ffffffffffffffffffffffff', { startedAt: '2026-01-02T00:00:00.000Z' })]);
  expect(pressAll('<enter>', state, moved).asked).toEqual([{ kind: 'pauseRun', run: running }]);
});

test('j and k move, and a small k ends nothing', () => {
  expect(pressAll('j').state.marked).toBe(running);
  expect(pressAll('jjk').state.marked).toBe(running);
  expect(pressAll('jk').state.dialog).toBeUndefined();
  expect(pressAll('djjk').state).toMatchObject({ view: 'details', scroll: 1 });
  expect(pressAll('/jk').state).toMatchObject({ typing: 'jk' });
});

test('no key acts behind the help', () => {
  for (const keys of ['?p<enter>', '?r<enter>', '?K', '?o', '?/x', '?d', '?l', '?<tab>'])
    expect(pressAll(keys)).toMatchObject({ asked: [], state: { view: 'help' } });
  expect(pressAll('?K').state.dialog).toBeUndefined();
  expect(pressAll('?jj').state).toMatchObject({ view: 'help', scroll: 2 });
  expect(pressAll('?<escape>').state.view).toBe('runs');
  expect(pressAll('?q').asked).toEqual([{ kind: 'quit' }]);
});

test('K asks first: Enter alone ends nothing', () => {
  expect(pressAll('<down>K<enter>').asked).toEqual([]);
  expect(pressAll('<down>K<enter>').state.dialog).toBeUndefined();
});

test('K ends nothing before the end of the id is typed', () => {
  const { state, asked } = pressAll('<down>K<tab><enter>');
  expect(asked).toEqual([]);
  expect(state.note?.text).toBe('type BBBB, the end of the id, to cancel the run');
  expect(state.dialog?.run).toBe(running);
});

test.each([
  ['<down>K<tab>bbbb<enter>', { kind: 'cancelRun', run: running }],
  ['<down>K<tab><tab>BBBB<enter>', { kind: 'terminateRun', run: running }],
  ['<down>Kbbbx<backspace>b<up><enter>', { kind: 'terminateRun', run: running }],
] as const)('%s ends the run', (keys, wanted) => {
  expect(pressAll(keys).asked).toEqual([wanted]);
});

test('what K would end does not change with the list', () => {
  const { state } = pressAll('<down>K<tab>bbbb');
  const moved = knownOf([lineOf('01ffffffffffffffffffffffff', { startedAt: '2026-01-02T00:00:00.000Z' })]);
  expect(pressAll('<enter>', state, moved).asked).toEqual([{ kind: 'cancelRun', run: running }]);
});

test('Esc leaves the dialog, and letters in it are typed and not carried out', () => {
  expect(pressAll('<down>Kqpr<escape>')).toMatchObject({ asked: [], state: { view: 'runs' } });
});

test('K does not open for a run that has ended', () => {
  expect(pressAll('<end>K').state).toMatchObject({
    note: { text: 'not ended: the run has ended COMPLETED' },
  });
});

test('a dashboard that only looks changes nothing, and says so', () => {
  const looking = { ...atFirst, readOnly: true };
  expect(pressAll('rp<down>pK', looking).asked).toEqual([{ kind: 'refresh' }]);
  expect(pressAll('<down>K', looking).state.note?.text).toContain('--read-only');
});

test('a filter narrows the list while it is typed; Enter keeps it and Esc takes it away', () => {
  const { state } = pressAll('/bill');
  expect(listedRuns(known, state).map(({ run }) => run)).toEqual([paused]);
  expect(pressAll('<enter>', state).state).toMatchObject({ filter: 'bill' });
  expect(pressAll('<escape>', state).state).toMatchObject({ filter: '' });
  expect(pressAll('<enter><escape>', state).state).toMatchObject({ filter: '' });
});

test('D and L show the run and its log, again and Esc go back', () => {
  expect(pressAll('d').state.view).toBe('details');
  expect(pressAll('dd').state.view).toBe('runs');
  expect(pressAll('l<escape>').state.view).toBe('runs');
  expect(pressAll('<enter><tab>').state.view).toBe('logs');
  expect(pressAll('?').state.view).toBe('help');
});

test('arrows scroll the details instead of marking another run', () => {
  const { state } = pressAll('d<down><down><up>');
  expect(state).toMatchObject({ scroll: 1 });
  expect(state.marked).toBeUndefined();
});

test('Q and Ctrl-C leave, wherever one is', () => {
  expect(pressAll('q').asked).toEqual([{ kind: 'quit' }]);
  expect(pressAll('<down>K<interrupt>').asked).toEqual([{ kind: 'quit' }]);
  expect(pressAll('/x<interrupt>').asked).toEqual([{ kind: 'quit' }]);
});

test('o tells the address for a browser, or that there is none', () => {
  expect(pressAll('o').state.note?.text).toContain('workflow serve');
  const served = knownOf(threeRuns, { url: 'http://127.0.0.1:7420/#code' });
  const page = `http://127.0.0.1:7420/runs/${paused.slice(0, 13)}#code`;
  expect(pressAll('o', atFirst, served).state.note?.text).toBe(page);
});

test('nothing can be done to a run where there is none', () => {
  expect(pressAll('prKd', atFirst, knownOf([])).asked).toEqual([{ kind: 'refresh' }]);
});
