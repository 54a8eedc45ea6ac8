import { mayBeAsked } from '../../../machines/agents/authority.ts';
import { openTasks } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { type AskedApproval, approvalAt } from '../../../machines/run/decide/asked-approval.ts';
import { activeMax } from '../../../machines/run/record/head.ts';
import { isPartOfRun, type Run, undoingTasks } from '../../../machines/run/run.ts';
import { timersOf } from '../../../machines/run/timers.ts';
import type { Authority } from '../../ports/access/authority.ts';
import { RunQuarantined } from '../../ports/runs/journal.ts';
import type { Approvals, RunSummary } from '../../ports/runs/workflows.ts';
import type { RunReader } from '../run-reader/run-reader.ts';

type Sources = {
  readonly reader: Pick<RunReader, 'index' | 'fold'>;
  readonly rights?: (() => Promise<Authority>) | undefined;
};
type Filter = NonNullable<Parameters<Approvals['approvals']>[0]>;

/** Runs that are read at the same time. */
const readsMax = 16;

/** The approvals that wait for somebody, the longest waiting first. */
export async function approvals(
  sources: Sources,
  { run, answerableBy }: Filter = {},
): Promise<readonly AskedApproval[]> {
  const found = run === undefined ? await ofAllRuns(sources) : openIn(await read(sources, run));
  const sorted = [...found].sort((a, b) => sinceOf(a).localeCompare(sinceOf(b)));
  if (answerableBy === undefined) return sorted;
  const authority = await sources.rights?.();

  return sorted.filter((each) => mayAnswer(authority, answerableBy, each));
}

async function ofAllRuns(sources: Sources): Promise<readonly AskedApproval[]> {
  const left = (await sources.reader.index()).filter(mayWait).values();
  const found: AskedApproval[] = [];
  const reader = async (): Promise<void> => {
    for (const { run } of left) found.push(...(await openOrNone(sources, run)));
  };
  await Promise.all(Array.from({ length: readsMax }, reader));

  return found;
}

/** A run that is set aside asks nobody. */
async function openOrNone(sources: Sources, run: string): Promise<readonly AskedApproval[]> {
  try {
    return openIn(await read(sources, run));
  } catch (error) {
    if (error instanceof RunQuarantined) return [];
    throw error;
  }
}

/** As far as its head tells, which names only so many tasks. */
function mayWait({ head, damage }: RunSummary): boolean {
  const { status, active } = head;
  if (damage !== undefined || isFinal(status)) return false;

  return active.length >= activeMax || active.some((task) => task.status === 'PENDING_APPROVAL');
}

async function read({ reader }: Sources, id: string): Promise<Run> {
  return (await reader.fold(id)).run;
}

function openIn(run: Run): readonly AskedApproval[] {
  const { state, chart } = run;
  if (isFinal(state.status)) return [];
  const seen = { state, plan: chart.plan, timers: timersOf(run) };
  const open = state.phase === 'compensating' ? undoingTasks(run) : [...openTasks(state.tasks)];

  return open.flatMap(([address, task]) => {
    const isOpen = task.state === 'pending_approval' && isPartOfRun(run, address);
    return isOpen ? (approvalAt(seen, address) ?? []) : [];
  });
}

function mayAnswer(authority: Authority | undefined, by: string, { address, asked, state }: AskedApproval) {
  if (!mayBeAsked(asked, by) || state.grants?.some((grant) => grant.by === by) === true) return false;

  return authority?.refusal(by, { kind: 'approve', task: address, asked }) === undefined;
}

function sinceOf({ state }: AskedApproval): string {
  return state.scheduledAt ?? '';
}
