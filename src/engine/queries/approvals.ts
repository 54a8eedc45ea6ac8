import { mayBeAsked } from '../../../machines/agents/authority.ts';
import { openTasks } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { type AskedApproval, approvalAt } from '../../../machines/run/decide/asked-approval.ts';
import { activeMax } from '../../../machines/run/record/head.ts';
import { isPartOfRun, type Run, undoingTasks } from '../../../machines/run/run.ts';
import { timersOf } from '../../../machines/run/timers.ts';
import { onceAtATime } from '../../lib/once.ts';
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

/** Answers which approvals wait for somebody, the longest waiting first. */
export function createApprovals(sources: Sources): (filter?: Filter) => Promise<readonly AskedApproval[]> {
  const ofAllRuns = onceAtATime(createApprovalsOfAllRuns(sources));

  return async ({ run, answerableBy } = {}) => {
    const found = run === undefined ? await ofAllRuns() : openIn(await read(sources, run));
    const sorted = [...found].sort((a, b) => (sinceOf(a) < sinceOf(b) ? -1 : 1));
    if (answerableBy === undefined) return sorted;
    const authority = await sources.rights?.();

    return sorted.filter((each) => mayAnswer(authority, answerableBy, each));
  };
}

/** A run is read again only when it has changed: thousands may wait for weeks. */
function createApprovalsOfAllRuns(sources: Sources): () => Promise<readonly AskedApproval[]> {
  let known: ReadonlyMap<string, OfOneRun> = new Map();

  return async () => {
    const lines = (await sources.reader.index()).filter(mayWait);
    const left = lines.values();
    const found = new Map<string, OfOneRun>();
    const reader = async (): Promise<void> => {
      for (const { run, position } of left) {
        const before = known.get(run);
        if (before?.position === position) found.set(run, before);
        else found.set(run, { position, asked: await openOrNone(sources, run) });
      }
    };
    await Promise.all(Array.from({ length: readsMax }, reader));
    known = found;

    return [...found.values()].flatMap(({ asked }) => asked);
  };
}

/** What a run asks as it is at a place in the journal. */
type OfOneRun = { readonly position: number; readonly asked: readonly AskedApproval[] };

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
