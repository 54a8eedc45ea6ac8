import type { RunLine, RunList } from '../../api/run.ts';
import type { StreamMessage } from '../../api/stream.ts';

/** The latest line of each run that a batch tells of. */
export function latestLines(messages: readonly StreamMessage[]): ReadonlyMap<string, RunLine> {
  return new Map(messages.flatMap((one) => (one.kind === 'run' ? [[one.run, one.line] as const] : [])));
}

/** The same rows in the same order, each as it is now: what somebody looks at does not move. */
export function patchedList(list: RunList, lines: ReadonlyMap<string, RunLine>): RunList {
  if (!list.items.some((line) => isOlder(line, lines.get(line.run)))) return list;

  return {
    ...list,
    items: list.items.map((line) => {
      const next = lines.get(line.run);

      return next !== undefined && isOlder(line, next) ? next : line;
    }),
  };
}

function isOlder(line: RunLine, next: RunLine | undefined): boolean {
  return next !== undefined && next.sequence > line.sequence;
}
