// What the runs of a namespace came to, told without what differs from one time to the next: ids of runs.
import { readdir } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { Json } from '../../events/canonical-json.ts';
import type { JournalRecord } from '../../events/record.ts';
import { statusOf } from '../../machines/chart/task-status.ts';
import type { Journal } from '../../src/ports/runs/journal.ts';
import type { Workflows } from '../../src/ports/runs/workflows.ts';

export type Findings = {
  /** Every run, by its definition and the task that it was started for. */
  readonly ends: readonly Json[];
  /** The attempts that were begun, once each. */
  readonly attempts: readonly string[];
  /** The files of the project, but those that engines keep for themselves. */
  readonly files: readonly string[];
  /** Attempts whose end is recorded more than once. */
  readonly recordedTwice: readonly string[];
  /** What replay has to say. */
  readonly differences: readonly string[];
  /** Events of all runs. */
  readonly appends: number;
};

type Named = readonly [run: string, name: string];

export async function findingsOf(found: {
  readonly journal: Journal;
  readonly workflows: Workflows;
  readonly projectDir: string;
  /** Keys of attempts, as often as they were begun. */
  readonly attempts: readonly string[];
}): Promise<Findings> {
  const { journal, workflows } = found;
  const views = await Promise.all((await workflows.list()).map(({ run }) => workflows.view(run)));
  const reports = await Promise.all(views.map(({ run }) => workflows.replay(run)));
  const names = views.map(
    ({ run, state }): Named => [run, `${state.definition.id}:${state.parent?.task ?? ''}`],
  );
  const named = (text: string) => names.reduce((done, [run, name]) => done.replaceAll(run, name), text);
  const ends = views.map(({ run, state }) => {
    const tasks = Object.fromEntries(
      Object.entries(state.tasks).map(([id, task]) => [id, statusOf(task.state)]),
    );
    const { status, output = null, error = null } = state;

    return named(JSON.stringify({ run, status, output, error, tasks }));
  });
  const keys = await endedAttempts(journal);

  return {
    ends: ends.sort().map((end) => JSON.parse(end) as Json),
    attempts: [...new Set(found.attempts.map(named))].sort(),
    files: (await filesIn(found.projectDir)).map(named).sort(),
    recordedTwice: keys.filter((key, index) => keys.indexOf(key) !== index),
    differences: reports.flatMap(({ differences }) => differences.map(({ message }) => message)),
    appends: views.reduce((sum, { sequence }) => sum + sequence, 0),
  };
}

/** The attempts whose end is recorded, as often as it is. */
export async function endedAttempts(journal: Journal): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { run } of journal.lastOfEach()) {
    for await (const stored of journal.read(run)) {
      const key = stored.kind === 'record' ? endedAttempt(run, stored.record) : undefined;
      if (key !== undefined) keys.push(key);
    }
  }

  return keys;
}

/** The key of the attempt whose end a record tells. */
export function endedAttempt(run: string, { type, data }: JournalRecord): string | undefined {
  if (type !== 'task.completed' && type !== 'task.failed') return undefined;

  return `${run}/${data.fact.task}/${data.fact.attempt}`;
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });

  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !path.startsWith('.3ox/') && !basename(path).startsWith('.3ox-'));
}
