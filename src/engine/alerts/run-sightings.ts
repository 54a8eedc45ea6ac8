import type { Sighting } from '../../../machines/alerts/sighting.ts';
import { lookedAtMax, usualMs } from '../../../machines/alerts/usual-duration.ts';
import { isFinal } from '../../../machines/compile/task-status.ts';
import type { AlertKind } from '../../../machines/serve-file/served.ts';
import type { BoardLine } from '../../ports/board.ts';

type Wanted = {
  readonly kinds: ReadonlySet<AlertKind>;
  /** What ended before is no news to any rule. */
  readonly fromMs: number;
};

/** What is to be seen of runs in their lines alone: failed, set aside, and how long each has been under way. */
export function runSightings(lines: readonly BoardLine[], { kinds, fromMs }: Wanted): readonly Sighting[] {
  const from = new Date(fromMs).toISOString();
  const isOld = ({ head, updatedAt }: BoardLine) => isFinal(head.status) && updatedAt < from;
  const usual = kinds.has('run_late') ? usualByDefinition(lines) : new Map<string, number>();

  // There may be very many that ended long ago, and this is done every few seconds.
  return lines
    .filter((line) => !isOld(line))
    .flatMap((line) => sightingsOf(line, usual))
    .filter(({ on }) => kinds.has(on));
}

function sightingsOf(line: BoardLine, usual: ReadonlyMap<string, number>): readonly Sighting[] {
  const { run, head, damage, updatedAt, sequence } = line;
  const { id } = head.definition;
  const of = { run, definition: id } as const;
  if (damage !== undefined) {
    const text = `run ${run} of ${id} is quarantined: ${damage.message}`;
    return [
      { ...of, on: 'run_quarantined', subject: `${run} quarantined`, sinceMs: Date.parse(updatedAt), text },
    ];
  }
  if (head.status === 'FAILED' || head.status === 'TIMED_OUT') {
    const how = head.status === 'FAILED' ? 'failed' : 'timed out';
    const text = `run ${run} of ${id} ${how}${head.error === undefined ? '' : `: ${head.error}`}`;
    const sinceMs = Date.parse(head.endedAt ?? updatedAt);
    // A run that was retried and failed again is new trouble.
    return [{ ...of, on: 'run_failed', subject: `${run} ${sequence}`, sinceMs, text }];
  }
  if (isFinal(head.status)) return [];
  const expected = usual.get(id);
  const text = `run ${run} of ${id} has been under way${activeText(line)}`;
  const late = {
    ...of,
    on: 'run_late',
    subject: `${run} late`,
    sinceMs: Date.parse(head.startedAt),
    text,
  } as const;

  return [expected === undefined ? late : { ...late, usualMs: expected }];
}

function activeText({ head: { active } }: BoardLine): string {
  const [first] = active;

  return first === undefined ? '' : `, at ${first.task} (${first.status})`;
}

/** Lines come with the latest change first. */
function usualByDefinition(lines: readonly BoardLine[]): ReadonlyMap<string, number> {
  const taken = new Map<string, number[]>();
  for (const { head } of lines) {
    if (head.status !== 'COMPLETED' || head.endedAt === undefined) continue;
    const durations = taken.get(head.definition.id) ?? [];
    if (durations.length >= lookedAtMax) continue;
    taken.set(head.definition.id, durations);
    durations.push(Date.parse(head.endedAt) - Date.parse(head.startedAt));
  }
  const known = new Map<string, number>();
  for (const [id, durations] of taken) {
    const ms = usualMs(durations);
    if (ms !== undefined) known.set(id, ms);
  }

  return known;
}
