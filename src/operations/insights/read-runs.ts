import { mapAtOnce } from '../../lib/limit.ts';
import type { BoardLine } from '../../ports/runs/board.ts';

const atOnceMax = 8;
/** The least recently used entries are dropped first. */
const keptMax = 5_000;

/**
 * Reads something of each run, once per event of the run. Runs that cannot be read are left out, and tried again at
 * the next request.
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
