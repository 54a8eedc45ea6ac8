// What a snapshot says, and when it is believed: only where everything fits exactly. Method: a run with a body and a
// secret is written as a snapshot, single members are changed, and it is read again.
import { expect, test } from 'vitest';
import { canonicalJson, type Json } from '../../../../events/canonical-json.ts';
import type { JournalRecord } from '../../../../events/record.ts';
import { sha256Hex } from '../../../../machines/hash.ts';
import { decide } from '../../../../machines/run/decide/decide.ts';
import { pendingEffects } from '../../../../machines/run/effects.ts';
import { seal } from '../../../../machines/run/record/create-record.ts';
import type { ReadRecord } from '../../../../machines/run/record/fold.ts';
import { readSnapshot, runAt, snapshotText } from '../../../../machines/run/record/snapshot.ts';
import { newRun, type Run } from '../../../../machines/run/run.ts';
import { timersOf } from '../../../../machines/run/timers.ts';
import { chartOf } from '../../../support/chart-of.ts';

const chart = chartOf(
  `- {id: zeta, type: FORK, for_each: "\${workflow.input.list}", tasks: [{id: one, uses: noop, timeout: 1m}]}
- {id: alpha, uses: noop, timeout: 1m}
- {id: after, uses: noop, depends_on: [zeta, alpha]}`,
  'input: {properties: {list: {type: array}, token: {type: string, secret: true}}, required: [list, token]}',
);
const library = 'ours 1, theirs 2';
const position = 17;
const made = played();

/** The run after its start and the listing of the items, with the record of that. */
function played(): { readonly run: Run; readonly stored: ReadRecord } {
  let run = newRun(chart);
  let body = '';
  const input = { list: ['a', 'b'], token: '***' };
  for (const command of [
    { kind: 'startRun', run: 'run-1', input },
    { kind: 'evaluate', task: 'zeta' },
  ] as const) {
    const decision = decide(run, command);
    if (!decision.ok) throw new Error(decision.refusal.message);
    const sealed = seal(run, { fact: decision.fact, time: '2026-01-01T00:00:00.000Z', actor: 'test' });
    run = sealed.run;
    body = sealed.body;
  }

  return { run, stored: { body, record: JSON.parse(body) as JournalRecord } };
}

function believed(text: string): Run | undefined {
  const snapshot = readSnapshot(text);

  return snapshot && runAt(snapshot, { begun: newRun(chart), library, stored: made.stored });
}

/** The text with other members, and the digest that belongs to them. */
function altered(change: (members: Record<string, Json>) => void): string {
  const text = snapshotText(made.run, { position, library });
  const members = JSON.parse(text.slice(text.indexOf('\n') + 1)) as Record<string, Json>;
  change(members);
  const content = JSON.stringify(members);

  return `${sha256Hex(content)}\n${content}`;
}

test('what was written is read again: state, work to do and timers, in their order', () => {
  const run = believed(snapshotText(made.run, { position, library }));

  expect(canonicalJson(run?.state ?? null)).toBe(canonicalJson(made.run.state));
  expect(Object.keys(run?.state.tasks ?? {})).toEqual(['zeta', 'alpha', 'after']);
  expect(run && pendingEffects(run)).toEqual(pendingEffects(made.run));
  expect(run && timersOf(run)).toEqual(timersOf(made.run));
  expect(run).toMatchObject({ sequence: 2, hash: made.run.hash, aside: { secretInput: {} } });
});

test('the same run gives the same text', () => {
  expect(altered(() => undefined)).toBe(snapshotText(made.run, { position, library }));
});

test.each<[string, (members: Record<string, Json>) => void]>([
  ['the format of an earlier release', (it) => (it['format'] = 1)],
  ['the format of a later release', (it) => (it['format'] = 3)],
  ['the version of the library', (it) => (it['library'] = 'ours 2, theirs 2')],
  ['the definition', (it) => (it['definition'] = sha256Hex('other'))],
  ['the run', (it) => (it['run'] = 'run-2')],
  ['the sequence', (it) => (it['sequence'] = 3)],
  ['the hash of the record', (it) => (it['hash'] = sha256Hex('other'))],
  ['the run of the state', (it) => (it['state'] = { ...state(it), run: 'run-2' })],
  ['the status of the state', (it) => (it['state'] = { ...state(it), status: 'PAUSED' })],
  ['the tasks of the state', (it) => (it['state'] = { ...state(it), tasks: {} })],
  ['a state that is none', (it) => (it['state'] = null)],
  ['a member that is missing', (it) => delete it['position']],
])('is not believed where one thing differs: %s', (_, change) => {
  expect(believed(altered(change))).toBeUndefined();
});

test.each<[string, string]>([
  ['nothing', ''],
  ['no digest', '{"format":1}'],
  ['a digest of something else', `${sha256Hex('x')}\n{"format":1}`],
  ['no JSON', `${sha256Hex('{')}\n{`],
  ['no object', `${sha256Hex('null')}\nnull`],
])('is not believed where it cannot be read: %s', (_, text) => {
  expect(believed(text)).toBeUndefined();
});

test('is not believed where a single character was changed', () => {
  const text = snapshotText(made.run, { position, library });
  for (let at = 0; at < text.length; at += 7) {
    expect(
      believed(`${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`),
    ).toBeUndefined();
  }
});

test('is not believed where the record at its position was altered', () => {
  const { body, record } = made.stored;
  const snapshot = readSnapshot(snapshotText(made.run, { position, library }));
  const stored = { record, body: body.replace('"actor":"test"', '"actor":"eve"') };

  expect(snapshot && runAt(snapshot, { begun: newRun(chart), library, stored })).toBeUndefined();
});

function state(members: Record<string, Json>): Record<string, Json> {
  return members['state'] as Record<string, Json>;
}
