import { canonicalJson } from '../../events/canonical-json.ts';
import type { JournalRecord } from '../../events/record.ts';
import { sha256Hex } from '../../machines/hash.ts';
import type { Append } from '../../src/ports/runs/journal.ts';

/** Writes the records of one run, one after the other, each hash following from the one before. */
export type RecordWriter = {
  /** The next record, to be appended after the given position. `padding` makes it larger. */
  next(after: number, padding?: string): Append;
};

export function createRecordWriter(run: string, actor = 'test'): RecordWriter {
  let sequence = 0;
  let previoushash = '';

  return {
    next: (after, padding = '') => {
      sequence++;
      const body = recordBody(run, { sequence, previoushash, actor, data: recordData(padding) });
      previoushash = JSON.parse(body).hash;

      return { run, id: `${run}/${sequence}`, body, after };
    },
  };
}

/** One record as text; any of its members can be given. */
export function recordBody(
  run: string,
  members: { readonly [Key in keyof JournalRecord]?: unknown } = {},
): string {
  const record = {
    specversion: '1.0',
    id: `${run}/${members.sequence ?? 1}`,
    source: '/3ox-workflow/test',
    type: 'run.paused',
    subject: run,
    time: '2026-01-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    dataversion: 1,
    actor: 'test',
    sequence: 1,
    previoushash: '',
    data: recordData(''),
    ...members,
  };

  return canonicalJson({ ...record, hash: sha256Hex(canonicalJson(record)) });
}

function recordData(padding: string): JournalRecord['data'] {
  return {
    fact: { reason: padding },
    transitions: [{ task: 'scan', from: 'waiting', to: 'scheduled' }],
    head: {
      definition: { id: 'demo', version: 1, hash: 'f'.repeat(64) },
      status: 'RUNNING',
      startedAt: '2026-01-01T00:00:00.000Z',
      settled: 0,
      tasks: 1,
      active: [{ task: 'scan', status: 'SCHEDULED' }],
    },
  };
}
