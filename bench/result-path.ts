import { Session } from 'node:inspector';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isFinal } from '../machines/chart/task-status.ts';
import { newRunId } from '../src/compose/session/open-session.ts';
import { createEngine } from '../src/engine/run/engine.ts';
import { createCharts } from '../src/engine/run-reader/charts.ts';
import type { Journal } from '../src/ports/runs/journal.ts';
import { connectJetStream } from '../src/stores/jetstream/connect.ts';
import { sequential } from './definitions.ts';
import { engineParts, nobody, result } from './drive-engine.ts';

/** Our functions that run between the result of a task and the acknowledged append of its event, by file. */
export type ResultPath = ReadonlyMap<string, readonly string[]>;

type Coverage = {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly functionName: string;
      readonly ranges: readonly { readonly count: number }[];
    }[];
  }[];
};

const built = dirname(dirname(fileURLToPath(import.meta.url)));
const ourCode = /^(events|machines|src)\//;
const tasks = 3;
const warmUpRuns = 20;
const measuredRuns = 20;
/** As many callers as wait for one another. */
const framesMax = 100;

/**
 * Runs three tasks one after the other on a real server, again and again, and notes by V8's coverage what the result
 * of the second one sets in motion: it neither begins nor ends its run. What runs for every such result belongs to its
 * way; what runs for some is another timer of the process.
 */
export async function measureResultPath(url: string): Promise<ResultPath> {
  const coverage = startCoverage();
  const measured: (readonly string[])[] = [];
  await completeTasks(url, {
    onResult: () => {
      const resumed = waitingCallers();
      coverage.take();

      return () => measured.push([...resumed, ...coverage.take()]);
    },
  });
  coverage.stop();
  const [first = [], ...rest] = measured.slice(warmUpRuns).map((each) => new Set(each));

  return byFile([...first].filter((entry) => rest.every((each) => each.has(entry))));
}

/** A table of the files, with how many functions of each run and which. */
export function resultPathLines(path: ResultPath): string {
  const functions = [...path.values()].reduce((sum, names) => sum + names.length, 0);
  const lines = [...path].map(
    ([file, names]) => `${`${names.length}`.padStart(4)}  ${file}  ${names.join(', ')}`,
  );
  const total = `task completed -> event appended  ${path.size} files, ${functions} functions   (aim: at most 40 files)`;

  return [...lines, total].join('\n');
}

/** Calls `onResult` when a second task has its result, and what that returns when the event of it is appended. */
async function completeTasks(
  url: string,
  { onResult }: { readonly onResult: () => () => void },
): Promise<void> {
  const stream = await connectJetStream({ url, namespace: `bench-path-${process.pid}` });
  let onAppended: (() => void) | undefined;
  let results = 0;
  const ends = new Map<string, () => void>();
  const parts = engineParts(stream, ({ state }) => {
    if (isFinal(state.status)) ends.get(state.run)?.();
  });
  const handler = async () => {
    // From here on the callers are those that wait for the result.
    await undefined;
    if (results % tasks === 1) onAppended = onResult();
    results += 1;

    return result;
  };
  const journal: Journal = {
    ...stream.journal,
    append: async (append) => {
      const position = await stream.journal.append(append);
      onAppended?.();
      onAppended = undefined;

      return position;
    },
  };
  const engine = createEngine({
    ...parts,
    journal,
    performers: { find: () => ({ worker: 'noop', handler }) },
    otherRuns: { start: nobody, workOn: nobody, command: nobody },
  });
  const { ref, text } = sequential(tasks);
  await stream.definitions.register({ ref, text, file: 'bench' });
  const chart = await createCharts(stream.definitions).byHash(ref.hash);
  for (let count = 0; count < warmUpRuns + measuredRuns; count += 1) {
    const run = newRunId();
    const ended = new Promise<void>((resolve) => ends.set(run, resolve));
    const outcome = await engine.startRun({ run, chart, input: {}, actor: 'bench' });
    if (!outcome.ok) throw new Error(outcome.refusal.message);
    await ended;
  }
  await engine.stop();
  await stream.close();
}

/** Counts the calls of functions. What is taken is what was called since the last time. */
function startCoverage(): { readonly take: () => readonly string[]; readonly stop: () => void } {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  const take = (): readonly string[] => {
    let taken: Coverage = { result: [] };
    // In the same thread it answers before it returns.
    session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error !== null) throw error;
      taken = answer;
    });

    return taken.result.flatMap(({ url, functions }) =>
      functions
        .filter(({ functionName, ranges }) => functionName !== '' && (ranges[0]?.count ?? 0) > 0)
        .flatMap(({ functionName }) => entryOf(url, functionName)),
    );
  };

  return { take, stop: () => session.disconnect() };
}

/** Functions that go on once the result is there: they were called before it, and no counter tells of that. */
function waitingCallers(): readonly string[] {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = framesMax;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = limit;

  return [...stack.matchAll(/at async (?:(\S+) \()?(file:[^)\s]+?):\d+:\d+/g)].flatMap(
    ([, name = 'anonymous', url = '']) => entryOf(url, name),
  );
}

/** `src/engine/run/mailbox.ts handle`, of code of ours; nothing of other code. */
function entryOf(url: string, name: string): readonly string[] {
  if (!url.startsWith('file:')) return [];
  const file = relative(built, fileURLToPath(url)).replace(/\.js$/, '.ts');

  return ourCode.test(file) ? [`${file} ${name}`] : [];
}

function byFile(entries: readonly string[]): ResultPath {
  const files = new Map<string, string[]>();
  for (const entry of [...entries].sort()) {
    const [file = '', name = ''] = entry.split(' ');
    files.set(file, [...(files.get(file) ?? []), name]);
  }

  return files;
}
