// What is compared after the chaos must be able to find something: each kind of damage is made up once.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { JournalRecord } from '../../events/record.ts';
import { runsInJournal } from '../../src/engine/run-reader/run-index.ts';
import { createMemoryJournal } from '../../src/stores/memory/journal.ts';
import { openRunIndex } from '../../src/stores/sqlite/open-run-index.ts';
import { createRecordWriter } from '../support/records.ts';
import { doneAgain, lost, misindexed, wrongEnds } from './findings.ts';

const mark = { id: 'run/1', hash: 'abc' };

test('finds what was promised and is not there, or is there as something else', () => {
  const promised = new Map([[7, mark]]);

  expect(lost(new Map([[7, mark]]), promised)).toEqual([]);
  expect(lost(new Map([[8, mark]]), promised)).toEqual(['7 run/1']);
  expect(lost(new Map([[7, { ...mark, hash: 'abd' }]]), promised)).toEqual(['7 run/1']);
});

test('finds side effects after the end of their attempt, without an end, and ends without a side effect', () => {
  const ends = new Map([['run/one/1', 1_000]]);

  expect(doneAgain(new Map([['run/one/1', [900, 1_500]]]), ends)).toEqual([]);
  expect(doneAgain(new Map([['run/one/1', [900, 9_000]]]), ends)).toEqual([
    'run/one/1 8000 ms after its end',
  ]);
  expect(doneAgain(new Map([['run/two/1', [900]]]), new Map())).toEqual(['run/two/1 was never recorded']);
  expect(doneAgain(new Map(), ends)).toEqual(['run/one/1 was not done']);
});

test('finds runs that did not complete, and attempts that ended twice, otherwise or not at all', () => {
  const two = [['two/1', 'task.failed'] as const, ['two/2', 'task.completed'] as const];
  const right = [['one/1', 'task.completed'] as const, ...two, ['three/1', 'task.completed'] as const];

  expect(wrongEnds(journalOf('COMPLETED', right))).toEqual([]);
  expect(wrongEnds(journalOf('FAILED', right))).toHaveLength(1);
  expect(wrongEnds(journalOf('COMPLETED', [...right, ...two]))).toHaveLength(1);
  expect(wrongEnds(journalOf('COMPLETED', right.slice(1)))).toEqual([
    'run COMPLETED: two/1 failed, two/2, three/1',
  ]);
});

test('finds runs that an index tells otherwise than the journal, or not at all', async () => {
  const project = mkdtempSync(join(tmpdir(), 'workflow-findings-'));
  onTestFinished(() => rmSync(project, { recursive: true }));
  const index = await openRunIndex(join(project, '.3ox', 'index', 'runs.db'), expect.unreachable);
  onTestFinished(() => index.close());
  const journal = createMemoryJournal();
  const writer = createRecordWriter('run-a');
  const after = await journal.append(writer.next(0));
  expect(await misindexed(project, journal)).toEqual(['run-a']);
  await index.put(await runsInJournal(journal).page({ order: 'changed', limit: 5 }));
  expect(await misindexed(project, journal)).toEqual([]);
  await journal.append(writer.next(after));

  expect(await misindexed(project, journal)).toEqual(['run-a']);
});

type End = readonly [attempt: string, type: string];

/** A run of the kind that retries, told by the ends of its attempts. */
function journalOf(status: JournalRecord['data']['head']['status'], ends: readonly End[]) {
  const definition = { id: 'retries', version: 1, hash: '' };
  const head = { definition, status, startedAt: '', settled: 0, tasks: 0, active: [] };
  const records = ends.map(([key, type], index): JournalRecord => {
    const [task = '', attempt] = key.split('/');
    const fact = { task, attempt: Number(attempt) };
    const cloud = { specversion: '1.0', datacontenttype: 'application/json', dataversion: 1 } as const;
    const named = {
      id: `run/${index}`,
      source: '',
      subject: task,
      time: '',
      actor: '',
      previoushash: '',
      hash: '',
    };
    const data = { fact, transitions: [], head };
    return { ...cloud, ...named, type, sequence: index + 1, data } as unknown as JournalRecord;
  });

  return { records: new Map(), ids: new Set<string>(), runs: new Map([['run', records]]) };
}
