// What an attempt prints is told while it goes on: thinned, in whole lines, without secrets, and never where values are
// sealed. Method: one attempt on a manual clock; what is told is collected.
import { expect, test } from 'vitest';
import { createLivePrinting } from '../../../src/engine/attempts/live-printing.ts';
import type { PrintedLines } from '../../../src/ports/work/live-output.ts';
import { chartOf } from '../../support/chart-of.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { startedRun } from '../../support/run-spec.ts';

const token = 'tok-5f3a9c1e77';
const tasks = '- {id: talk, uses: noop}';
const none: ReadonlySet<string> = new Set();
const everything = { all: true, inputs: none, variables: none, tasks: none, output: true };

function open(sealed = false) {
  const chart = chartOf(tasks);
  const clock = createManualClock(0);
  const told: PrintedLines[] = [];
  const full = { is: false };
  const started = startedRun(chart).run();
  const run = sealed ? { ...started, chart: { ...chart, sealed: everything } } : started;
  const printing = createLivePrinting(
    {
      run: { ...run, aside: { ...run.aside, hidden: [token] } },
      ...{ address: 'talk', attempt: 2 },
    },
    {
      clock,
      live: {
        tell: (_run, printed) => {
          if (printed.lines.length > 0 && full.is) return false;
          told.push(printed);
          return true;
        },
        printing: () => {
          throw new Error('nobody listens here');
        },
      },
    },
  );
  const print = (text: string, stream: 'stdout' | 'stderr' = 'stdout') =>
    printing?.printing(stream, new TextEncoder().encode(text));
  const take = () =>
    told.splice(0).map(({ stream, first, lines, count }) => ({ stream, first, lines, count }));

  return { clock, printing, print, take, full, told };
}

test('lines are told a quarter of a second after they came, each stream by itself, and the rest at the end', () => {
  const { clock, print, printing, take } = open();
  print('one\ntw');
  print('oops\n', 'stderr');
  clock.advance(249);
  expect(take()).toEqual([]);
  clock.advance(1);
  expect(take()).toEqual([
    { stream: 'stdout', first: 0, lines: ['one'], count: undefined },
    { stream: 'stderr', first: 0, lines: ['oops'], count: undefined },
  ]);
  print('o\nthree');
  printing?.end();
  expect(take()).toEqual([
    { stream: 'stdout', first: 1, lines: ['two', 'three'], count: 3 },
    { stream: 'stderr', first: 1, lines: [], count: 1 },
  ]);
});

test('an attempt that ends within a quarter of a second tells nothing', () => {
  const { clock, print, printing, take } = open();
  print('one\n');
  printing?.end();
  clock.advance(1_000);

  expect(take()).toEqual([]);
});

test('a secret is hidden also where it comes in parts, in one line or over several messages', () => {
  const { clock, print, printing, take } = open();
  print('it is tok-5f');
  clock.advance(250);
  print('3a9c1e77!\nnext\n');
  clock.advance(250);
  printing?.end();

  expect(take().flatMap(({ lines }) => lines)).toEqual(['it is ***!', 'next']);
});

test('of what is printed too fast the last lines are told, with their places among all', () => {
  const { clock, print, printing, take } = open();
  for (let line = 0; line < 10_000; line += 1) print(`line ${line}\n`);
  clock.advance(250);
  const [first] = take();
  const told = first?.lines ?? [];
  expect(told.at(-1)).toBe('line 9999');
  expect(told[0]).toBe(`line ${first?.first}`);
  expect(told.join('\n').length).toBeLessThanOrEqual(16 * 1024);
  print('end\n');
  printing?.end();
  expect(take()).toEqual([{ stream: 'stdout', first: 10_000, lines: ['end'], count: 10_001 }]);
});

test('of a line that is too long nothing is told, and it counts as one', () => {
  const { clock, print, printing, take } = open();
  print('x'.repeat(100_000));
  clock.advance(250);
  print('y\nnext\n');
  clock.advance(250);
  printing?.end();

  expect(take().map(({ first, lines }) => [first, lines])).toEqual([
    [1, ['next']],
    [2, []],
  ]);
});

test('a letter that comes in two parts is one', () => {
  const { clock, printing, take } = open();
  const [start, end] = [new Uint8Array([0xc3]), new Uint8Array([0xa9, 0x0a])];
  printing?.printing('stdout', start);
  printing?.printing('stdout', end);
  clock.advance(250);

  expect(take()[0]?.lines).toEqual(['é']);
});

test('where values are sealed nothing is told', () => {
  expect(open(true).printing).toBeUndefined();
});

test('where the process tells too much, lines are left out, and it is said how many bytes and lines', () => {
  const { clock, print, printing, full, told } = open();
  full.is = true;
  print('one\ntwo\n');
  clock.advance(250);
  expect(told).toEqual([]);
  full.is = false;
  print('three\n');
  clock.advance(250);
  expect(told.splice(0)).toMatchObject([{ first: 2, lines: ['three'], leftOut: 8 }]);

  full.is = true;
  print('four\n');
  printing?.end();
  expect(told).toMatchObject([{ first: 4, lines: [], leftOut: 5, count: 4 }]);
});

test('lines that a worker sent are told without secrets, each once, with the places of what is missing', () => {
  const { clock, printing, take } = open();
  printing?.printed('stdout', { first: 0, lines: ['one', `with ${token}`] });
  printing?.printed('stdout', { first: 0, lines: ['one', `with ${token}`] });
  clock.advance(250);
  printing?.printed('stdout', { first: 7, lines: ['eight'] });
  clock.advance(250);
  printing?.end();

  expect(take().map(({ first, lines, count }) => [first, lines, count])).toEqual([
    [0, ['one', 'with ***'], undefined],
    [7, ['eight'], undefined],
    [8, [], 8],
  ]);
});
