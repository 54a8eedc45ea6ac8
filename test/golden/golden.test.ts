// What a release has written every later one has to read: each journal that was recorded with it is replayed here byte
// for byte. Method: the files of test/golden, as they stand; then the same with something done to them,
// so that replaying cannot sleep. To add those of a new template: `node dist/test/golden/main.js --write`.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import type { FactMembers } from '../../events/catalogue.ts';
import { JournalRecord } from '../../events/record.ts';
import { isFinal } from '../../machines/chart/task-status.ts';
import { JournalDamaged } from '../../machines/run/record/fold.ts';
import { signed } from '../../machines/run/record/record-text.ts';
import { bodiesIn, definitionIn, keepGolden, namesIn, releasesIn } from './golden-files.ts';
import { goldenName, goldenTemplates, recordGolden } from './record-golden.ts';
import { replayGolden } from './replay-golden.ts';

const folder = import.meta.dirname;
const oldest = '0.1.0';

describe.each(releasesIn(folder))('release %s', (release) => {
  test.each(namesIn(folder, release))('%s is replayed byte for byte', (name) => {
    const runs = replayGolden(bodiesIn(folder, release, name), (ref) => definitionIn(folder, release, ref));

    expect([...runs.values()].map(({ state }) => [state.run, isFinal(state.status)])).toEqual(
      [...runs.keys()].map((run) => [run, true]),
    );
  });
});

test('every template and every definition of the library has a golden journal', () => {
  const kept = new Set(releasesIn(folder).flatMap((release) => namesIn(folder, release)));

  expect(goldenTemplates.map(goldenName).filter((name) => !kept.has(name))).toEqual([]);
});

test('what is recorded twice is the same twice, and what stands is never written again', async () => {
  const [template] = goldenTemplates;
  if (template === undefined) throw new Error('there is no template');
  const scratch = mkdtempSync(join(tmpdir(), 'golden-'));
  onTestFinished(() => rmSync(scratch, { recursive: true }));
  const golden = await recordGolden(template);

  expect(keepGolden(scratch, oldest, golden)).toBe('added');
  expect(keepGolden(scratch, oldest, await recordGolden(template))).toBe('stands');
  expect(keepGolden(scratch, oldest, { ...golden, bodies: ['{}'] })).toBe('differs from what stands');
  expect(bodiesIn(scratch, oldest, golden.name)).toEqual(golden.bodies);
});

describe('a doctored journal, its hash chain made right again, is not replayed:', () => {
  test('a result that a decision was made by', () => {
    const at = positionOf('task.completed', 'validate_compliance');
    const edited = rechained(stored.with(at, edit(stored[at], ['output', 'compliance_status'], 'FAIL')));

    const found = damageIn(edited);
    expect(found).toMatchObject({
      code: 'journal.differs',
      sequence: positionOf('decision.made', 'compliance_decision_gate') + 1,
    });
    expect(found?.message).toMatch(/"PASS".*evaluating it again gives.*"FAIL"/);
  });

  test('which way was taken', () => {
    const at = positionOf('decision.made', 'compliance_decision_gate');
    const edited = rechained(stored.with(at, edit(stored[at], ['next', '0'], 'generate_warning_receipt')));

    expect(damageIn(edited)).toMatchObject({ code: 'journal.differs', sequence: at + 1 });
  });

  test('a result that nobody can have given', () => {
    const at = positionOf('task.completed', 'scan_files');
    const edited = rechained(stored.with(at, edit(stored[at], ['attempt'], 2)));

    expect(damageIn(edited)).toMatchObject({ code: 'journal.unexplained', sequence: at + 1 });
  });

  test('a record that was taken out', () => {
    const at = positionOf('task.completed', 'load_policy');

    expect(damageIn(rechained(stored.toSpliced(at, 1)))).toMatchObject({ sequence: at + 1 });
  });
});

describe('a damaged journal is not replayed:', () => {
  test('an edited result', () => {
    const at = positionOf('task.completed', 'scan_files');
    const body = (stored[at] ?? '').replace('"total_files":1', '"total_files":2');

    expect(damageIn(stored.with(at, body))).toMatchObject({ code: 'journal.altered', sequence: at + 1 });
  });

  test('a gap', () => {
    expect(damageIn(stored.toSpliced(2, 1))).toMatchObject({ code: 'journal.broken-chain', sequence: 3 });
  });

  test('two records that have changed places', () => {
    const [one = '', other = ''] = stored.slice(2, 4);

    expect(damageIn(stored.toSpliced(2, 2, other, one))).toMatchObject({
      code: 'journal.broken-chain',
      sequence: 3,
    });
  });

  test('another text of the definition', () => {
    const newer = (text: string) => text.replace(/^( *version:) 1$/m, '$1 2');

    expect(() => replayGolden(stored, (ref) => newer(definitionIn(folder, oldest, ref)))).toThrow(
      'the text kept for inventory-validation-v1 version 1 is another one',
    );
  });
});

const stored = bodiesIn(folder, oldest, 'inventory-validation-pass');

function damageIn(bodies: readonly string[]): JournalDamaged | undefined {
  try {
    replayGolden(bodies, (ref) => definitionIn(folder, oldest, ref));

    return undefined;
  } catch (error) {
    if (error instanceof JournalDamaged) return error;
    throw error;
  }
}

function positionOf(type: string, task: string): number {
  const at = stored.findIndex((body) => {
    const record = JournalRecord.parse(JSON.parse(body)) as JournalRecord;
    return record.type === type && (record.data.fact as FactMembers).task === task;
  });
  expect(at).toBeGreaterThan(0);

  return at;
}

/** A record with another value at a place of its fact. */
function edit(body: string | undefined, path: readonly string[], value: Json): string {
  const record = JournalRecord.parse(JSON.parse(body ?? '')) as JournalRecord;
  let place: Record<string, unknown> = record.data.fact;
  for (const key of path.slice(0, -1)) place = place[key] as Record<string, unknown>;
  const last = path.at(-1) ?? '';
  expect(place[last]).not.toEqual(value);
  place[last] = value;

  return canonicalJson(record);
}

/** What somebody does who may write the journal: every number and every hash fits again. */
function rechained(bodies: readonly string[]): readonly string[] {
  let previoushash = '';

  return bodies.map((body, index) => {
    const { hash: _, ...record } = JournalRecord.parse(JSON.parse(body)) as JournalRecord;
    const [run] = record.id.split('/');
    const next = signed(
      canonicalJson({ ...record, id: `${run}/${index + 1}`, sequence: index + 1, previoushash }),
    );
    previoushash = next.hash;

    return next.body;
  });
}
