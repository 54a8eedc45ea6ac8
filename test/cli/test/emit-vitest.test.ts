// Scenarios that are written as tests say exactly what the scenarios said, and a person can read them. Method: the
// text of one, compared; and any scenario, written and read back by running what was written.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Scenario } from '../../../machines/prover/explore/scenario.ts';
import { vitestText } from '../../../src/cli/test/written-reports.ts';
import { writtenScenario } from '../../../src/compose/written-scenario.ts';
import { approved, rejected } from './made-up.ts';

test('a test file is plain calls, a move or a record each', () => {
  expect(vitestText([{ from: './release.yaml', scenarios: [rejected] }])).toBe(`\
// Written by \`workflow test --emit vitest\`. Each test plays one way through a definition on the real engine: a move
// of the world per call, and after it the records of the journal that it has to lead to, with their transitions.
import { describe, test } from 'vitest';
import { rehearse } from '3ox-workflow/testing';

describe('./release.yaml', () => {
  const definition = new URL('./release.yaml', import.meta.url);

  test('ship is rejected', () =>
    rehearse(definition)
      .start({ version: '1.0' }, 'quick')
        .record('run.started', ['created -> running', 'build: waiting -> scheduled'], {
          run: 'scenario',
          input: { version: '1.0' },
        })
      .fail('build', 1, { code: 'disk.full', message: 'no "space"', retryable: true })
        .record('task.failed', ['build: scheduled -> retrying'], {
          task: 'build',
          attempt: 1,
          error: { code: 'disk.full' },
        })
      .end({ status: 'COMPLETED', output: { size: 3 }, tasks: { build: 'completed', ship: 'completed' } }));
});
`);
});

test('what is written says what the scenario said', async () => {
  expect(await readBack([approved, rejected])).toEqual([approved, rejected].map(withoutNames));
});

test('any name and any value is written so that it is read back', async () => {
  const parts = fc.array(
    fc.record({
      move: fc.record({
        type: fc.constant('complete' as const),
        task: fc.string({ unit: 'binary', minLength: 1 }),
        attempt: fc.integer({ min: 1, max: 9 }),
        output: fc.jsonValue({ stringUnit: 'binary', maxDepth: 2 }),
      }),
      records: fc.constant([]),
    }),
    { maxLength: 3 },
  );
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), parts, async (name, some) => {
      const scenario = { ...approved, name, parts: JSON.parse(JSON.stringify(some)) };
      expect(await readBack([scenario])).toEqual([withoutNames(scenario)]);
    }),
    { numRuns: 50 },
  );
});

/** Runs a written test file with a stand-in for what it imports. */
async function readBack(scenarios: readonly Scenario[]): Promise<readonly unknown[]> {
  const text = vitestText([{ from: './release.yaml', scenarios }])
    .replace(/^import .*$/gm, '')
    .replaceAll('import.meta.url', '"file:///"');
  const read: Scenario[] = [];
  const tests: (readonly [string, () => Promise<void>])[] = [];
  const run = new Function('describe', 'test', 'rehearse', text);
  run(
    (_: string, body: () => void) => body(),
    (name: string, body: () => Promise<void>) => tests.push([name, body]),
    () => writtenScenario(async (scenario) => void read.push(scenario)),
  );
  for (const [, body] of tests) await body();

  expect(tests.map(([name]) => name)).toEqual(scenarios.map(({ name }) => name));
  return read.map(withoutNames);
}

/** The definition is that of the file, the name that of the test. */
function withoutNames({ parts, end }: Scenario): unknown {
  const unnamed = parts.map(({ move, records }) => ({
    move,
    records: records.map((record) => {
      const { definition: _, ...fact } = record.fact as Record<string, unknown>;
      return { ...record, fact };
    }),
  }));

  return JSON.parse(JSON.stringify({ parts: unnamed, end }));
}
