import type { BoardLine } from '../../ports/runs/board.ts';

const atOnceMax = 8;
/** What is kept of runs that nobody asked for lately goes first. */
const keptMax = 5_000;

/**
 * Reads something of each of the runs, once for every event of theirs. What cannot be read is left out, and read again
 * when it is asked for again.
 */
export function createRunResults<Result>(
  read: (line: BoardLine) => Promise<Result>,
): (lines: readonly BoardLine[]) => Promise<readonly Result[]> {
  const known = new Map<string, { readonly sequence: number; readonly result: Result }>();

  async function readOnce(line: BoardLine): Promise<readonly Result[]> {
    const { run, sequence } = line;
    const before = known.get(run);
    known.delete(run);
    if (before?.sequence === sequence) {
      known.set(run, before);
      return [before.result];
    }
    try {
      const result = await read(line);
      known.set(run, { sequence, result });
      return [result];
    } catch {
      return [];
    }
  }

  return async (lines) => {
    const results = await mapAtOnce(lines, atOnceMax, readOnce);
    for (const run of known.keys()) {
      if (known.size <= keptMax) break;
      known.delete(run);
    }

    return results.flat();
  };
}

/** What each value comes to, in their order, while no more than so many are worked on at a time. */
async function mapAtOnce<Value, Result>(
  values: readonly Value[],
  atOnceMax: number,
  map: (value: Value) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const left = values.entries();
  const work = async (): Promise<void> => {
    for (const [index, value] of left) results[index] = await map(value);
  };
  await Promise.all(Array.from({ length: Math.min(atOnceMax, values.length) }, work));

  return results;
}
