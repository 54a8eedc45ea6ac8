import { z } from 'zod';

/** More runs wait for one key than a line may hold. The reaction: refuse the run, or start it later. */
class SlotLineFull extends Error {
  override readonly name = 'SlotLineFull';
  readonly code = 'slots.line-full';

  constructor(runsMax: number) {
    super(
      `${runsMax} runs hold a slot or wait for one already, and no more can; ` +
        'raise the `limit` of `concurrency`, or let them finish first',
    );
  }
}

/**
 * The runs that hold a slot and those that wait, in the order of first asking, each with the limit it goes by. A run
 * holds a slot when fewer than `limit` are in front of it. Runs only ever leave from the front of others, so who
 * holds a slot never loses it.
 */
export const SlotLine = z.array(z.tuple([z.string(), z.int().positive()]).readonly()).readonly();

export type SlotLine = z.output<typeof SlotLine>;

/** What fits into one message of a server with its default settings. */
const runsMax = 10_000;

/** The line with the run in it: at its end, or where it stands already. */
export function lineWith(line: SlotLine, run: string, limit: number): SlotLine {
  if (!Number.isInteger(limit) || limit < 1) throw new RangeError(`${limit} is no limit for concurrent runs`);
  if (line.some(([one]) => one === run)) return line;
  if (line.length >= runsMax) throw new SlotLineFull(runsMax);

  return [...line, [run, limit]];
}

export function lineWithout(line: SlotLine, run: string): SlotLine {
  return line.some(([one]) => one === run) ? line.filter(([one]) => one !== run) : line;
}

export function holdersOf(line: SlotLine): readonly string[] {
  return line.filter(([_, limit], index) => index < limit).map(([run]) => run);
}

/** The answer for a run that is in the line. */
export function answerFor(line: SlotLine, run: string): SlotAnswer {
  const index = line.findIndex(([one]) => one === run);
  const holds = (at: number): boolean => at < (line[at]?.[1] ?? 0);
  if (holds(index)) return { held: true };

  return { held: false, ahead: line.slice(0, index).filter((_, at) => !holds(at)).length };
}

/** The runs that have to end so that this one has a slot: the oldest of those in front of it. */
export function inTheWay(line: SlotLine, run: string): readonly string[] {
  const index = line.findIndex(([one]) => one === run);
  const limit = line[index]?.[1] ?? 0;

  return line.slice(0, Math.max(index - limit + 1, 0)).map(([one]) => one);
}

/** Whether a run holds a slot; if not, how many runs wait in front of it (0: it is next). */
export type SlotAnswer = { readonly held: true } | { readonly held: false; readonly ahead: number };
