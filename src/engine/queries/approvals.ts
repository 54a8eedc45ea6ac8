import { type ApproverQuery, askedNow } from '../../../machines/agents/authority.ts';
import { mayAnswerThemselves, standsInFor } from '../../../machines/agents/stand-in.ts';
import type { Chart } from '../../../machines/chart/chart.ts';
import { localId } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { type Grant, whoAnswered } from '../../../machines/chart/tasks/approval-state.ts';
import {
  type AskedApproval,
  approvalAt,
  waitingApprovals,
} from '../../../machines/run/decide/asked-approval.ts';
import { activeMax } from '../../../machines/run/record/run-filter.ts';
import type { Run } from '../../../machines/run/run.ts';
import { timersOf } from '../../../machines/run/timers.ts';
import { listReadsMax, mapAtOnce } from '../../lib/limit.ts';
import { createTurns } from '../../lib/turns.ts';
import type { Absences } from '../../ports/access/absences.ts';
import type { Authority } from '../../ports/access/authority.ts';
import { RunQuarantined } from '../../ports/runs/journal.ts';
import type { RunSummary } from '../../ports/runs/run-index.ts';
import { type Approvals, RunNotFound, type WaitingApproval } from '../../ports/runs/workflows.ts';
import { DefinitionMissing } from '../run-reader/charts.ts';
import type { RunReader } from '../run-reader/run-reader.ts';

type Sources = {
  readonly reader: Pick<RunReader, 'fold' | 'charts'>;
  readonly rights?: (() => Promise<Authority>) | undefined;
  /** Who is away: nobody, without. */
  readonly absences?: Pick<Absences, 'absentFor'> | undefined;
};
type Filter = Parameters<Approvals['approvals']>[0];

/** Answers which approvals wait for somebody. */
export function createApprovals(sources: Sources): Approvals {
  const ofLines = createWaiting(sources);

  return {
    approvals: async ({ run, answerableBy }: Filter) => {
      const found = openIn((await sources.reader.fold(run)).run).sort((a, b) =>
        sinceOf(a) < sinceOf(b) ? -1 : 1,
      );
      if (answerableBy === undefined) return found;
      const mayAnswer = await answering(sources, answerableBy);

      return found.filter(({ address, asked, state }) => mayAnswer({ address, asked, grants: state.grants }));
    },
    waitingApprovals: async (lines, { answerableBy } = {}) => {
      const found = await ofLines(lines, answerableBy !== undefined);
      if (answerableBy === undefined) return found;
      const answerOf = answeringWaiting(await answering(sources, answerableBy));

      const theirs: WaitingApproval[] = [];
      const turn = createTurns();
      for (const each of found) {
        const { asked, mayAnswer } = answerOf(each);
        if (mayAnswer) theirs.push({ ...each, asked });
        const pause = turn();
        if (pause !== undefined) await pause;
      }

      return theirs;
    },
  };
}

/** A waiting approval. `who`: whom it asks, where its definition alone does not tell. */
type Waiting = WaitingApproval & { readonly who?: Who };
type Who = {
  readonly asked: ApproverQuery;
  readonly grants?: readonly Pick<Grant, 'by' | 'inPlaceOf'>[] | undefined;
};

/**
 * From the heads of the runs, which say what they wait for and since when: telling that anew costs less than keeping
 * it. Only a run whose head does not say is read, and what was read is kept as long as the line: thousands may wait for
 * weeks while others change.
 */
function createWaiting({ reader }: Sources) {
  const read = new WeakMap<RunSummary, Promise<readonly Waiting[]>>();

  function readOnce(line: RunSummary): Promise<readonly Waiting[]> {
    const found = read.get(line) ?? waitingIn(reader, line.run);
    read.set(line, found);
    found.catch(() => read.delete(line));

    return found;
  }

  /** `isWhole`: with whom each of them asks. */
  return async (lines: readonly RunSummary[], isWhole: boolean): Promise<readonly Waiting[]> => {
    const { chartAtHand, loadChart } = chartsOf(reader);
    const turn = createTurns();
    const untold: RunSummary[] = [];
    const found: Waiting[] = [];
    // The latest change comes first, and the longest waiting are wanted first.
    for (const line of lines.toReversed()) {
      if (isUntold(line, isWhole)) untold.push(line);
      else if (isTold(line)) {
        // To wait for what is at hand would take longer than all the rest, over thousands of lines.
        tell(line, chartAtHand(line) ?? (await loadChart(line)), found);
      }
      const pause = turn();
      if (pause !== undefined) await pause;
    }
    for (const each of await mapAtOnce(untold, listReadsMax, readOnce)) found.push(...each);

    return found;
  };
}

/** The charts of the definitions of lines; undefined where one is lost. */
function chartsOf({ charts }: Sources['reader']) {
  const known = new Map<string, Chart>();

  return {
    chartAtHand: ({ head: { definition } }: RunSummary): Chart | undefined => known.get(definition.hash),
    loadChart: async ({ head: { definition } }: RunSummary): Promise<Chart | undefined> => {
      try {
        const chart = await charts.byHash(definition.hash);
        known.set(definition.hash, chart);
        return chart;
      } catch (error) {
        if (error instanceof DefinitionMissing) return undefined;
        throw error;
      }
    },
  };
}

function isTold({ head: { asks }, damage }: RunSummary): boolean {
  return damage === undefined && asks !== undefined && asks.length > 0;
}

/** Whether only reading the run tells what it asks. */
function isUntold({ head, damage }: RunSummary, isWhole: boolean): boolean {
  const { asks, asksMore, status, active } = head;
  if (damage !== undefined || isFinal(status)) return false;
  if (asks !== undefined) return asksMore !== undefined || (isWhole && asks.some((each) => each.answered));

  // Written by an early release, or it waits for no approval.
  return active.some((task) => task.status === 'PENDING_APPROVAL') || active.length >= activeMax;
}

/** Adds what a line asks to what was found. */
function tell({ run, head }: RunSummary, chart: Chart | undefined, found: Waiting[]): void {
  const { definition, dueAt, asks = [] } = head;
  for (const { task: address, since, escalated } of asks) {
    const task = chart?.plan.get(localId(address))?.task;
    if (task?.type !== 'HUMAN') continue;
    found.push({ run, definition, address, task, since, dueAt, isEscalated: escalated === true });
  }
}

/** A run that is set aside asks nobody, and neither does one that is gone. */
async function waitingIn(reader: Sources['reader'], id: string): Promise<readonly Waiting[]> {
  try {
    const { run } = await reader.fold(id);
    return openIn(run).map(({ definition, address, task, state, asked, dueAt }) => ({
      run: id,
      definition,
      address,
      task,
      since: sinceOf({ state }),
      dueAt,
      isEscalated: state.escalatedAt !== undefined,
      who: { asked, grants: state.grants },
    }));
  } catch (error) {
    if (error instanceof RunQuarantined || error instanceof RunNotFound) return [];
    throw error;
  }
}

function openIn(run: Run): AskedApproval[] {
  const seen = { state: run.state, plan: run.chart.plan, timers: timersOf(run) };

  return [...waitingApprovals(run)].flatMap(([address]) => approvalAt(seen, address) ?? []);
}

type WhoAnswers = { readonly asked: ApproverQuery; readonly mayAnswer: boolean };
type MayAnswer = (approval: Who & { readonly address: string }) => boolean;

/** Also in the place of somebody who is away. */
async function answering({ rights, absences }: Sources, by: string): Promise<MayAnswer> {
  const authority = await rights?.();
  const absent = (await absences?.absentFor(by)) ?? [];

  return ({ address, asked, grants = [] }) => {
    const approval = { task: address, asked, given: new Set(grants.flatMap(whoAnswered)) };

    return (
      mayAnswerThemselves({ by, authority }, approval) ||
      standsInFor({ by, absent, authority }, approval) !== undefined
    );
  };
}

/** What a definition says of a task is the same for thousands of its runs. */
function answeringWaiting(mayAnswer: MayAnswer): (waiting: Waiting) => WhoAnswers {
  const known = new Map<WaitingApproval['task'], Map<boolean, WhoAnswers>>();

  return ({ address, task, isEscalated, who }) => {
    if (who !== undefined) return { asked: who.asked, mayAnswer: mayAnswer({ address, ...who }) };
    const ofTask = known.get(task) ?? new Map<boolean, WhoAnswers>();
    known.set(task, ofTask);
    const before = ofTask.get(isEscalated);
    if (before !== undefined) return before;
    const asked = askedNow(task, isEscalated ? { escalatedAt: 'now' } : {});
    const found = { asked, mayAnswer: mayAnswer({ address, asked }) };
    ofTask.set(isEscalated, found);

    return found;
  };
}

function sinceOf({ state }: Pick<AskedApproval, 'state'>): string {
  return state.scheduledAt ?? '';
}
