// What is compared when everything has ended: what was promised with what is in the journal, and the side effects.
// Each answers with what is wrong.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import type { JournalRecord } from '../../events/record.ts';
import { runsInJournal } from '../../src/engine/run-reader/run-index.ts';
import type { Journal } from '../../src/ports/runs/journal.ts';
import type { RunQueries } from '../../src/ports/runs/run-index.ts';
import type { Workflows } from '../../src/ports/runs/workflows.ts';
import { openRunIndex } from '../../src/stores/sqlite/open-run-index.ts';
import { endedAttempt } from '../e2e/findings.ts';
import { type Kind, kinds } from './load.ts';

type Marked = { readonly id: string; readonly hash: string };

export type WholeJournal = {
  /** By position. */
  readonly records: ReadonlyMap<number, JournalRecord>;
  readonly ids: ReadonlySet<string>;
  readonly runs: ReadonlyMap<string, readonly JournalRecord[]>;
};

/** A shell that was started before its attempt ended elsewhere may get its turn so much later. */
const lateMsMax = 1_000;
const readersMax = 8;

export async function readJournal(journal: Journal): Promise<WholeJournal> {
  const records = new Map<number, JournalRecord>();
  const runs = new Map<string, JournalRecord[]>();
  for await (const { run } of journal.lastOfEach()) {
    const ofRun: JournalRecord[] = [];
    for await (const stored of journal.read(run)) {
      if (stored.kind === 'foreign') throw new Error(`${run} at ${stored.position}: ${stored.reason}`);
      records.set(stored.position, stored.record);
      ofRun.push(stored.record);
    }
    runs.set(run, ofRun);
  }

  return { records, runs, ids: new Set([...records.values()].map(({ id }) => id)) };
}

/** What engines noted: `<position> <id> <hash>`. */
export async function readAcked(file: string): Promise<ReadonlyMap<number, Marked>> {
  // The last line of a process that was killed may be half a line.
  const lines = (await readFile(file, 'utf8')).split('\n').map((line) => line.split(' '));
  const whole = lines.filter(([, , hash]) => hash?.length === 64);

  return new Map(whole.map(([position, id = '', hash = '']) => [Number(position), { id, hash }]));
}

/** What somebody was told is stored, and is not there as it was. */
export function lost(
  records: ReadonlyMap<number, Marked>,
  promised: ReadonlyMap<number, Marked>,
): readonly string[] {
  const isThere = (position: number, { id, hash }: Marked) => {
    const record = records.get(position);
    return record?.id === id && record.hash === hash;
  };

  return [...promised]
    .filter(([position, mark]) => !isThere(position, mark))
    .map(([at, { id }]) => `${at} ${id}`);
}

/** Runs that did not complete, or whose attempts did not end once each as their definition says. */
export function wrongEnds({ runs }: WholeJournal): readonly string[] {
  return [...runs].flatMap(([run, records]) => {
    const head = records.at(-1)?.data.head;
    const ends = records.flatMap((record) => {
      const key = endedAttempt(run, record);
      const attempt = key?.slice(run.length + 1);
      return attempt === undefined ? [] : [record.type === 'task.failed' ? `${attempt} failed` : attempt];
    });
    const expected = kinds[head?.definition.id as Kind].join(', ');
    const found = ends.join(', ');
    return head?.status === 'COMPLETED' && found === expected ? [] : [`${run} ${head?.status}: ${found}`];
  });
}

/** Side effects after the end of their attempt was seen, or of attempts whose end nobody recorded, or none at all. */
export function doneAgain(
  effects: ReadonlyMap<string, readonly number[]>,
  endedAtMs: ReadonlyMap<string, number>,
): readonly string[] {
  const again = [...effects].flatMap(([key, times]) => {
    const endMs = endedAtMs.get(key);
    if (endMs === undefined) return [`${key} was never recorded`];
    return times
      .filter((timeMs) => timeMs > endMs + lateMsMax)
      .map((at) => `${key} ${at - endMs} ms after its end`);
  });

  return [
    ...again,
    ...[...endedAtMs.keys()].filter((key) => !effects.has(key)).map((key) => `${key} was not done`),
  ];
}

/** Runs whose replay shows a difference. */
export async function differing(workflows: Workflows, runs: readonly string[]): Promise<readonly string[]> {
  const left = [...runs];
  const found: string[] = [];
  const lane = async (): Promise<void> => {
    for (let run = left.shift(); run !== undefined; run = left.shift()) {
      const { differences } = await workflows.replay(run);
      found.push(...differences.map(({ message }) => `${run}: ${message}`));
    }
  };
  await Promise.all(Array.from({ length: readersMax }, lane));

  return found;
}

/** The runs that the index of a project tells otherwise than the journal does, by what their records say now. */
export async function misindexed(project: string, journal: Journal): Promise<readonly string[]> {
  const folder = join(project, '.3ox', 'index');
  const file = (await readdir(folder)).find((name) => name.endsWith('.db')) ?? '';
  const index = await openRunIndex(join(folder, file), (message) => {
    throw new Error(message);
  });
  const all = { order: 'changed', limit: Number.MAX_SAFE_INTEGER } as const;
  const told = async (runs: Pick<RunQueries, 'page'>) =>
    new Map((await runs.page(all)).map((line) => [line.run, canonicalJson(line as unknown as Json)]));
  try {
    const [kept, anew] = [await told(index), await told(runsInJournal(journal))];
    return [...new Set([...kept.keys(), ...anew.keys()])].filter((run) => kept.get(run) !== anew.get(run));
  } finally {
    index.close();
  }
}
