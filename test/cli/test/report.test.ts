// What a person and a program are told of tested definitions. Method: results made up by hand, whole texts compared.
import { expect, test } from 'vitest';
import { summaryText, testedDocument, testReportText } from '../../../src/cli/test/report-text.ts';
import { coveragePercent, isSound } from '../../../src/projections/definition/tested-definition.ts';
import { moveText } from '../../../src/terminal/render/move-text.ts';
import { createPaint } from '../../../src/terminal/render/paint.ts';
import { sound, unsound } from './made-up.ts';

const paint = createPaint({ colour: false, ascii: false });

test('a definition of which all is well takes one line', () => {
  expect(testReportText(sound, { paint, verbose: false })).toBe(
    '✓ definitions/release.yaml  12 of 12 transitions (100 %)  2 scenarios  0.31 s',
  );
});

test('what is not covered, not looked at, or different is told with its reason', () => {
  expect(testReportText(unsound, { paint, verbose: false })).toBe(`\
✗ definitions/release.yaml  8 of 10 transitions (80 %), 2 unreachable  1 scenario  2 cases  0.31 s
  not covered, needs-example: give one
    c: deciding -> case X (decision.made)
  not covered, follows: c never takes X
    d: waiting -> scheduled (dependencies)
  not covered, unreachable: nothing can be skipped
    a: waiting -> skipped (dependencies)
    b: waiting -> skipped (dependencies)
  not looked at: build: 128 results, 32 of them tried
  scenario goes another way: build's 2nd attempt works, ship is approved
    1  start with {"version":"1.0"}  (run.started)
    2  build fails with disk.full
       record 2 has other transitions
       expected task.failed  build: scheduled -> retrying
                {"attempt":1,"error":{"code":"disk.full"},"task":"build"}
       found    task.failed  build: scheduled -> failed
                {"attempt":1,"task":"build"}
  case fails: definitions/release.test.yaml:9: is <dropped> & "gone"
       expected tasks.drop SKIPPED, it is COMPLETED`);
});

test('--verbose lists every scenario with its way, and every case', () => {
  const text = testReportText({ ...sound, cases: unsound.cases }, { paint, verbose: true });

  expect(text).toContain(`
  ✓ build's 2nd attempt works, ship is approved  COMPLETED  0.01 s
      1  start with {"version":"1.0"}
      2  build fails with disk.full
      3  time passes until the next timer
      4  attempt 2 of build gives {"size":3}
      5  ana approves ship with {"note":"ok"}
`);
  expect(text).toContain('✓ definitions/release.test.yaml: goes well');
});

test('of many transitions that are not covered the first are told, a line for each task, and how many more there are', () => {
  const many = Array.from({ length: 24 }, (_, index) => ({
    transition: `t${Math.floor(index / 2)}: scheduled -> failed (cause ${index})`,
    kind: index < 22 ? 'not-found' : 'unreachable',
    text: index < 22 ? 'no way there was found' : 'it is over at once',
  }));
  const told = testReportText({ ...sound, uncovered: many }, { paint, verbose: false }).split('\n');
  const all = testReportText({ ...sound, uncovered: many, scenarios: [] }, { paint, verbose: true }).split(
    '\n',
  );

  expect(told[1]).toBe('  not covered, not-found: no way there was found');
  expect(told[2]).toBe('    t0: scheduled -> failed (cause 0); scheduled -> failed (cause 1)');
  expect(told).toHaveLength(13);
  expect(told.at(-1)).toBe('    4 more: --verbose');
  expect(all).toHaveLength(15);
  expect(all.at(-1)).toBe('    t11: scheduled -> failed (cause 22); scheduled -> failed (cause 23)');
});

test('a way tells what the run of another definition gave, or failed with', () => {
  const ended = { type: 'endChild', task: 'call', attempt: 1 } as const;
  const error = { code: 'odd', message: '', retryable: false };

  expect(moveText({ ...ended, status: 'COMPLETED', output: { size: 3 } })).toBe(
    'the run of call ends COMPLETED and gives {"size":3}',
  );
  expect(moveText({ ...ended, status: 'FAILED', error })).toBe('the run of call ends FAILED with odd');
});

test('the last line sums up and names the slowest scenario', () => {
  expect(summaryText([sound, unsound], 700)).toBe(
    '2 definitions; 20 of 22 transitions (90 %), 2 unreachable; 3 scenarios, 1 failed; 2 cases, 1 failed; 0.70 s; ' +
      'slowest: ship is rejected of release, 0.03 s',
  );
});

test('what can never happen does not count against the coverage', () => {
  expect([coveragePercent(sound), coveragePercent(unsound)]).toEqual([100, 80]);
  expect([isSound(sound), isSound(unsound)]).toEqual([true, false]);
});

test('a program is told the same', () => {
  expect(testedDocument(unsound)).toMatchObject({
    file: 'definitions/release.yaml',
    ok: false,
    coverage: { transitions: 12, covered: 8, percent: 80, uncovered: unsound.uncovered },
    leftOut: ['build: 128 results, 32 of them tried'],
    scenarios: [
      {
        ok: false,
        records: 2,
        moves: expect.arrayContaining(['time passes until the next timer']),
        difference: { afterMove: 2, message: 'record 2 has other transitions' },
      },
    ],
    cases: [{ ok: true }, { ok: false, problems: ['expected tasks.drop SKIPPED, it is COMPLETED'] }],
  });
});
