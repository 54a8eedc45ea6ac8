import { localId } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { Entry } from './docket.ts';

/** What holds between runs, and between a run and the people it asks. */
export type BetweenRuns = { readonly see: (run: string, entry: Entry) => readonly string[] };

/** `isSetAside`: what happens in the run is not heard of any more. */
export function createBetweenRuns(isSetAside: (run: string) => boolean): BetweenRuns {
  const startedFor = new Map<string, string>();
  const latest = new Map<string, Run>();
  const goneOn = new Map<string, number>();

  /** I13: one attempt, one child run; one failure, one run that answers it. */
  function checkOrigin(id: string, { sealed: { run } }: Entry): readonly string[] {
    const { parent, failureOf } = run.state;
    // How often a run went on is not known of one that is set aside.
    if (parent === undefined && (failureOf === undefined || isSetAside(failureOf))) return [];
    // A run that went on after its failure may fail once more.
    const failure = `${failureOf}, failure ${(goneOn.get(failureOf ?? '') ?? 0) + 1},`;
    const cause = parent === undefined ? failure : `${parent.run}/${parent.task}/${parent.attempt}`;
    const other = startedFor.get(cause);
    startedFor.set(cause, id);

    return other === undefined || other === id
      ? []
      : [`I13: ${cause} is carried out by ${other} and by ${id}`];
  }

  function checkPlaces(id: string, { sealed: { run } }: Entry): readonly string[] {
    latest.set(id, run);
    const { concurrencyKey } = run.state;
    const limit = run.chart.definition.concurrency?.limit;
    if (concurrencyKey === undefined || limit === undefined || !isUnderWay(run)) return [];
    const others = [...latest].filter(
      // How one ended whose end was damaged is known to the engine that saw it, and not from the journal.
      ([id, other]) => other.state.concurrencyKey === concurrencyKey && isUnderWay(other) && !isSetAside(id),
    );

    return others.length <= limit
      ? []
      : [
          `${others.length} runs of ${concurrencyKey} are under way, more than ${limit}: ${others.map(([other]) => other).join(', ')}`,
        ];
  }

  return {
    see: (id, entry) => {
      const { type } = entry.record;
      if (type === 'run.retried' || type === 'run.rerun') goneOn.set(id, (goneOn.get(id) ?? 0) + 1);

      return [
        ...(type === 'run.started' ? checkOrigin(id, entry) : []),
        ...checkPlaces(id, entry),
        ...checkGrant(entry),
      ];
    },
  };
}

function isUnderWay({ state }: Run): boolean {
  return !isFinal(state.status) && state.phase !== 'queued' && state.phase !== 'created';
}

/** I15: who decides is one of those who are asked, and each counts once. */
function checkGrant({ before, record }: Entry): readonly string[] {
  if (record.type !== 'approval.granted') return [];
  const { task, by } = record.data.fact;
  const asked = before.chart.plan.get(localId(String(task)))?.task;
  const { grants: given = [], delegations = [] } = before.state.tasks[String(task)] ?? {};
  const names = asked?.type === 'HUMAN' ? (asked.approvers?.names ?? []) : [];
  // Whoever was handed it over last may answer, and whoever handed it over last may not.
  const latest = delegations.findLast((each) => each.by === by || each.to === by);
  const isNamed = latest === undefined ? names.includes(String(by)) : latest.to === by;
  if (names.length > 0 && !isNamed) return [`I15: ${record.id}: nobody asked ${String(by)}`];

  return given.some((grant) => grant.by === by) ? [`I15: ${record.id}: ${String(by)} counts twice`] : [];
}
