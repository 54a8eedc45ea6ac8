// What a person and a program are told of tested definitions. Method: results made up by hand, whole texts compared.
import { expect, test } from 'vitest';
import { createPaint } from '../../../../src/adapters/cli/render/paint.ts';
import { testedDocument } from '../../../../src/adapters/cli/test/report-document.ts';
import { reportText, summaryText } from '../../../../src/adapters/cli/test/report-text.ts';
import { coveragePercent, isSound } from '../../../../src/adapters/cli/test/tested.ts';
import { sound, unsound } from './made-up.ts';

const paint = createPaint({ colour: false, ascii: false });

test('a definition of which all is well takes one line', () => {
  expect(reportText(sound, { paint, verbose: false })).toBe(
    '✓ definitions/release.yaml  12 of 12 transitions (100 %)  2 scenarios  0.31 s',
  );
});

test('what is not covered, not looked at, or different is told with its reason', () => {
  expect(reportText(unsound, { paint, verbose: false })).toBe(`\
✗ definitions/release.yaml  8 of 12 transitions (66 %)  1 scenario  2 cases  0.31 s
  not covered, unreachable: nothing can be skipped
    a: waiting -> skipped (dependencies)
    b: waiting -> skipped (dependencies)
  not covered, needs-example: give one
    c: deciding -> case X (decision.made)
  not covered, follows: c never takes X
    d: waiting -> scheduled (dependencies)
  not looked at: build: 128 results, 32 of them tried
  scenario goes another way: build's 2nd attempt works, ship is approved
    1  start with {"version":"1.0"}  (run.started)
    2  build fails with disk.full
       record 2 has other transitions
       expected task.failed  build: scheduled -> retrying
                {"attempt":1,"error":{"code":"disk.full"},"task":"build"}
       found    task.failed  build: scheduled -> failed
                {"attempt":1,"task":"build"}
  case fails: definitions/release.test.yaml: is <dropped> & "gone"
       expected tasks.drop SKIPPED, it is COMPLETED`);
});

test('--verbose lists every scenario with its way, and every case', () => {
  const text = reportText({ ...sound, cases: unsound.cases }, { paint, verbose: true });

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

test('the last line sums up and names the slowest scenario', () => {
  expect(summaryText([sound, unsound], 700)).toBe(
    '2 definitions; 20 of 24 transitions (83 %); 3 scenarios, 1 failed; 2 cases, 1 failed; 0.70 s; ' +
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
