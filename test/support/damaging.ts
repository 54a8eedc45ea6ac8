// Damage to the journal of a run, of every kind that a chain of hashes can show.
import { recordBody } from './records.ts';

/** The bodies of a run as they are stored, and what is done to them. */
export type Damaging = (bodies: readonly string[], run: string) => readonly string[];

/** Damage of every kind; `at` is the record that it is done to, the second without. */

export const kinds = {
  foreign: (bodies) => [...bodies, 'not a record'],
  altered: (bodies, _run, at = 1) =>
    bodies.map((body, each) => (each === at ? body.replace('"actor":"', '"actor":"x') : body)),
  gap: (bodies, _run, at = 1) => bodies.filter((_, each) => each !== at),
  repeated: (bodies, _run, at = 1) => bodies.flatMap((body, each) => (each === at ? [body, body] : [body])),
  unexplained: (bodies, run) => [...bodies, forgedAfter(bodies, run)],
} satisfies Readonly<
  Record<string, (bodies: readonly string[], run: string, at?: number) => readonly string[]>
>;

/** A record whose hash and place in the chain are right, and whose event no state of the run takes. */
function forgedAfter(bodies: readonly string[], run: string): string {
  const last = JSON.parse(bodies.at(-1) ?? '');
  const sequence = last.sequence + 1;

  return recordBody(run, {
    ...last,
    hash: undefined,
    id: `${run}/${sequence}`,
    sequence,
    previoushash: last.hash,
    type: 'task.completed',
    data: { ...last.data, fact: { task: 'after', attempt: 1, output: {} } },
  });
}
