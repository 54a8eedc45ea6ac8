// A journal is the run. These tests pin down that folding it gives the very state, at every prefix, and that any
// change to any stored byte is found and named. Method: drive a run through most kinds of event, keep the stored texts.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../events/canonical-json.ts';
import { JournalRecord } from '../../../events/record.ts';
import { fold, foldRecord, JournalDamaged, replayRecord } from '../../../machines/run/record/fold.ts';
import { newRun } from '../../../machines/run/run.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

const chart = chartOf(
  `
  - {id: scan, uses: noop, retry_policy: {max_attempts: 2, jitter: full}}
  - {id: check, uses: noop, depends_on: scan, when: "scan.output.n > 1"}
  - id: gate
    type: DECISION
    depends_on: check
    decision_param: "\${check.output.s}"
    decision_cases: {A: {next: ask}, B: {next: other}}
  - {id: ask, type: HUMAN, wait_for_approval: true}
  - {id: other, uses: noop}
`,
  'output: {who: "${ask.output.?by.orValue(null)}"}',
);

function bodies(): readonly string[] {
  return startedRun(chart)
    .does({ kind: 'startTask', task: 'scan', attempt: 1, worker: 'w' })
    .fails('scan')
    .passes(60_000)
    .completes('scan', { n: 2, note: 'a "quoted", {"id":"x"} text with ,"id":" in it' })
    .completes('check', { s: 'A' })
    .does({ kind: 'approve', task: 'ask', by: 'ana' })
    .isIn('COMPLETED').bodies;
}

const read = (body: string) => ({ body, record: JournalRecord.parse(JSON.parse(body)) as JournalRecord });

test('folding the stored texts gives the live state byte for byte, at every prefix', () => {
  const driven = startedRun(chart);
  const states = [canonicalJson(driven.run().state)];
  driven.completes('scan', { n: 2 });
  states.push(canonicalJson(driven.run().state));

  const folded = fold(chart, driven.bodies.map(read));
  expect(canonicalJson(folded.state)).toBe(states[1]);
  expect(folded.sequence).toBe(driven.bodies.length);
  expect(folded.hash).toBe(driven.run().hash);
  expect(canonicalJson(fold(chart, driven.bodies.slice(0, 1).map(read)).state)).toBe(states[0]);
});

test('replaying recomputes every byte of every record', () => {
  let run = newRun(chart);
  for (const body of bodies()) run = replayRecord(run, read(body));

  expect(run.state.status).toBe('COMPLETED');
});

test('records are canonical JSON, and a CloudEvent', () => {
  for (const body of bodies()) {
    expect(canonicalJson(JSON.parse(body))).toBe(body);
    expect(JSON.parse(body)).toMatchObject({
      specversion: '1.0',
      id: expect.stringMatching(/^test-run\/\d+$/),
    });
  }
});

test('a flipped character anywhere in any record is found, and the event is named', () => {
  const stored = bodies();
  fc.assert(
    fc.property(fc.nat(stored.length - 1), fc.nat(), fc.integer({ min: 1, max: 90 }), (index, at, by) => {
      const body = stored[index] ?? '';
      const place = at % body.length;
      const flipped =
        body.slice(0, place) + String.fromCharCode(body.charCodeAt(place) ^ by) + body.slice(place + 1);
      expect(damageOf(stored.with(index, flipped))).toBe(index + 1);
    }),
    { numRuns: 500 },
  );
});

/** The sequence that reading the journal names; a record that does not even parse is found by the journal itself. */
function damageOf(stored: readonly string[]): number {
  let run = newRun(chart);
  for (const [index, body] of stored.entries()) {
    try {
      run = foldRecord(run, read(body));
    } catch (error) {
      return error instanceof JournalDamaged ? error.sequence : index + 1;
    }
  }

  return 0;
}

test('a missing, repeated or moved record breaks the chain', () => {
  const stored = bodies();
  expect(damageOf(stored.toSpliced(3, 1))).toBe(4);
  expect(damageOf([...stored.slice(0, 4), ...stored.slice(3)])).toBe(5);
  expect(damageOf([...stored.slice(0, 2), ...stored.slice(2).reverse()])).toBe(3);
});

test('a well-signed record that no state takes is refused, not skipped', () => {
  const other = startedRun(chartOf('- {id: scan, uses: noop}')).completes('scan').bodies.map(read);

  expect(() => fold(chartOf('- {id: scan, type: HUMAN, wait_for_approval: true}'), other)).toThrow(
    /does not fit/,
  );
});
