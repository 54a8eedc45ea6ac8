/** The first ten characters of an id are its time; three more tell apart what was started in the same millisecond. */
const shownLength = 13;

/** The beginning of a run id that is enough to name it among the `others`. */
export function shortId(run: string, others: Iterable<string> = []): string {
  let length = shownLength;
  for (const other of others) {
    if (other === run) continue;
    while (length < run.length && other.startsWith(run.slice(0, length))) length += 1;
  }

  return run.slice(0, length);
}

/** The short ids of many runs: each is compared with its neighbours in order, which share the most with it. */
export function shortIds(runs: readonly string[]): ReadonlyMap<string, string> {
  const ordered = [...runs].sort();

  return new Map(
    ordered.map((run, index) => {
      const neighbours = [ordered[index - 1], ordered[index + 1]].filter((each) => each !== undefined);
      return [run, shortId(run, neighbours)];
    }),
  );
}
