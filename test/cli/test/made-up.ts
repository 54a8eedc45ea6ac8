// Scenarios and results made up by hand, for the tests of what is written about them.
import type { Scenario } from '../../../machines/prover/explore/scenario.ts';
import type { TestedDefinition } from '../../../src/projections/definition/tested-definition.ts';

const ref = { id: 'release', version: 1, hash: 'h'.repeat(64) };

export const approved: Scenario = {
  name: "build's 2nd attempt works, ship is approved",
  definition: ref,
  parts: [
    {
      move: { type: 'start', input: { version: '1.0' }, pace: 'quick' },
      records: [
        {
          type: 'run.started',
          fact: { run: 'scenario', definition: ref, input: { version: '1.0' } },
          transitions: [
            { from: 'created', to: 'running' },
            { task: 'build', from: 'waiting', to: 'scheduled' },
          ],
        },
      ],
    },
    {
      move: {
        type: 'fail',
        task: 'build',
        attempt: 1,
        error: { code: 'disk.full', message: 'no "space"', retryable: true },
      },
      records: [
        {
          type: 'task.failed',
          fact: { task: 'build', attempt: 1, error: { code: 'disk.full' } },
          transitions: [{ task: 'build', from: 'scheduled', to: 'retrying' }],
        },
      ],
    },
    { move: { type: 'pass' }, records: [] },
    { move: { type: 'complete', task: 'build', attempt: 2, output: { size: 3 } }, records: [] },
    { move: { type: 'approve', task: 'ship', by: 'ana', data: { note: 'ok' } }, records: [] },
  ],
  end: { status: 'COMPLETED', output: { size: 3 }, tasks: { build: 'completed', ship: 'completed' } },
};

export const rejected: Scenario = {
  ...approved,
  name: 'ship is rejected',
  parts: approved.parts.slice(0, 2),
};

export const sound: TestedDefinition = {
  file: 'definitions/release.yaml',
  path: '/project/definitions/release.yaml',
  definition: ref,
  transitions: 12,
  covered: 12,
  uncovered: [],
  scenes: 34,
  leftOut: [],
  scenarios: [
    { scenario: approved, rehearsed: { ok: true, records: 9 }, ms: 12 },
    { scenario: rejected, rehearsed: { ok: true, records: 5 }, ms: 31 },
  ],
  cases: [],
  ms: 310,
};

/** One scenario goes another way, one case fails, four transitions are not covered, for three reasons. */
export const unsound: TestedDefinition = {
  ...sound,
  covered: 8,
  uncovered: [
    {
      transition: 'a: waiting -> skipped (dependencies)',
      kind: 'unreachable',
      text: 'nothing can be skipped',
    },
    {
      transition: 'b: waiting -> skipped (dependencies)',
      kind: 'unreachable',
      text: 'nothing can be skipped',
    },
    { transition: 'c: deciding -> case X (decision.made)', kind: 'needs-example', text: 'give one' },
    { transition: 'd: waiting -> scheduled (dependencies)', kind: 'follows', text: 'c never takes X' },
  ],
  leftOut: ['build: 128 results, 32 of them tried'],
  scenarios: [
    {
      scenario: approved,
      rehearsed: {
        ok: false,
        part: 1,
        expected: approved.parts[1]?.records[0],
        found: {
          type: 'task.failed',
          fact: { task: 'build', attempt: 1 },
          transitions: [{ task: 'build', from: 'scheduled', to: 'failed' }],
        },
        message: 'record 2 has other transitions',
      },
      ms: 12,
    },
  ],
  cases: [
    { file: 'definitions/release.test.yaml', name: 'goes well', line: 3, ok: true, problems: [] },
    {
      file: 'definitions/release.test.yaml',
      name: 'is <dropped> & "gone"',
      line: 9,
      ok: false,
      problems: ['expected tasks.drop SKIPPED, it is COMPLETED'],
    },
  ],
};
