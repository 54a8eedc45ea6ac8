import type { RunLine } from '../../api/run.ts';
import type { Board, BoardLine } from '../../ports/runs/board.ts';
import { createExpectations, type Expectations } from '../../projections/run/run-expectation.ts';
import { runLine } from '../../projections/run/run-page.ts';
import { createShortIds } from '../../projections/short-ids.ts';

/** The runs of a board as lines of a list, with what can only be told by looking at the others. */
export type RunLines = {
  readonly lineOf: (line: BoardLine) => RunLine;
  readonly shortId: (run: string) => string;
  readonly typicalMs: Expectations['typicalMs'];
};

const known = new WeakMap<Board, RunLines>();

/** Those of the board: the same for all who ask, so that what is kept for them is kept once. */
export function runLinesOf(board: Board): RunLines {
  const lines = known.get(board) ?? createRunLines(board);
  known.set(board, lines);

  return lines;
}

function createRunLines(board: Board): RunLines {
  const ids = createShortIds();
  const expectations = createExpectations();
  let seen = 0;

  /** What has changed since somebody asked last is added when somebody asks again. */
  function catchUp(): void {
    const position = board.position();
    if (position === seen) return;
    // The latest count most, and come last.
    for (const line of changedBehind(board, seen)) {
      ids.add(line.run);
      expectations.note(line);
    }
    seen = position;
  }

  return {
    lineOf: (line) => {
      catchUp();

      return runLine(line, {
        shortId: ids.of(line.run),
        typicalMs: expectations.typicalMs(line.head.definition),
      });
    },
    shortId: (run) => {
      catchUp();

      return ids.of(run);
    },
    typicalMs: (definition) => {
      catchUp();

      return expectations.typicalMs(definition);
    },
  };
}

/** From the few that landed, where they are known: to look through all runs for each event would hold everybody up. */
function changedBehind(board: Board, position: number): readonly BoardLine[] {
  const landed = board.since(position);
  if (landed !== undefined) return landed.map(({ line }) => line);

  return board
    .lines()
    .filter((line) => line.position > position)
    .toReversed();
}
