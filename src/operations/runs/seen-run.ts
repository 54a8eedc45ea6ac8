import type { z } from 'zod';
import type { JournalRecord } from '../../../events/record.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { taskLinesInText } from '../../../machines/language/text/task-names-in-text.ts';
import { damageText } from '../../../machines/run/record/damage-text.ts';
import type { RunDetail, RunPage, RunResult } from '../../api/run.ts';
import type { RunResultRequest } from '../../api/run-requests.ts';
import type { Clock } from '../../ports/clock.ts';
import type { StoredDefinition } from '../../ports/definitions/definition-store.ts';
import { type Damage, RunQuarantined } from '../../ports/runs/journal.ts';
import type { KnownRuns } from '../../ports/runs/run-index.ts';
import { RunNotFound, type RunView, type Workflows } from '../../ports/runs/workflows.ts';
import { runDetail } from '../../projections/run/run-document.ts';
import { runLine } from '../../projections/run/run-line.ts';
import { runPage } from '../../projections/run/run-page.ts';
import type { OperationPorts, WaitingCaller } from '../use-case.ts';
import { linesNow } from './lines-now.ts';
import { runLinesOf } from './run-lines.ts';

const keptMax = 2_000;

type Deps = {
  readonly workflows: Pick<Workflows, 'resolve' | 'viewAt' | 'inspect' | 'definition' | 'surroundings'>;
  readonly board: KnownRuns;
  readonly clock: Clock;
};

/** A run as it is, or was after event `at`. Rejects with RunNotFound, RunAmbiguous, RunQuarantined, NoSuchEvent. */
export async function seenRun(deps: Deps, name: string, at: number | undefined): Promise<RunPage> {
  const { workflows } = deps;
  const run = await workflows.resolve(name);
  const last = lastSound(deps, run);
  // A past state is read directly: that there is a later one is known.
  if (at !== undefined && at < last)
    return pageOf(deps, await workflows.viewAt(run, at), { last, isPast: true });
  const { view: now, damage } = await workflows.inspect(run);
  if (at !== undefined && at !== now?.sequence) {
    return pageOf(deps, await workflows.viewAt(run, at), { last: now?.sequence ?? at, isPast: true });
  }
  if (now !== undefined) {
    return pageOf(deps, damage === undefined ? now : { ...now, damage }, {
      last: now.sequence,
      isPast: false,
    });
  }

  return unseenPage(deps, run, damage);
}

/** The sequence of the run's last event, if known here; 0 if it is unknown or the run is damaged. */
function lastSound({ board }: Deps, run: string): number {
  const line = board.line(run);

  return line === undefined || line.damage !== undefined ? 0 : line.sequence;
}

type Tense = { readonly last: number; readonly isPast: boolean };

async function pageOf(deps: Deps, view: RunView, tense: Tense): Promise<RunPage> {
  const { board, clock } = deps;
  const lines = await linesNow(deps);
  const { run, state } = view;
  const line = board.line(run);

  return runPage(view, {
    ...tense,
    shortId: lines.shortId(run),
    typicalMs: lines.typicalMs(state.definition),
    nowMs: clock.now(),
    wait: line && lines.waitOf(line),
    lines: await taskLines(deps, state.definition),
  });
}

const linesByText = new WeakMap<StoredDefinition, ReadonlyMap<string, number>>();

/** Lines of tasks are optional: a run is shown without them. */
async function taskLines(
  { workflows }: Deps,
  { id, version, hash }: RunView['state']['definition'],
): Promise<ReadonlyMap<string, number>> {
  const stored = await workflows.definition(id, version).catch(() => undefined);
  if (stored?.ref.hash !== hash) return new Map();
  const known = linesByText.get(stored) ?? taskLinesInText(stored.text);
  linesByText.set(stored, known);

  return known;
}

/** A run whose first event is already damaged: only its line in the index is left to show. */
function unseenPage({ board }: Deps, run: string, damage: Damage | undefined): RunPage {
  const line = board.line(run);
  // A run that is missing from the journal is on no line.
  if (line === undefined) throw damage === undefined ? new RunNotFound(run) : new RunQuarantined(damage);
  const { shortId, typicalMs } = runLinesOf(board);
  const {
    active: _active,
    dueAt: _dueAt,
    errorCode: _code,
    position: _position,
    ...known
  } = runLine(line, {
    shortId: shortId(run),
    typicalMs: typicalMs(line.head.definition),
  });

  return {
    ...known,
    last: known.sequence,
    isPast: false,
    startedBy: known.trigger,
    why: damage === undefined ? [] : [damageText(damage)],
    problem: damage === undefined ? known.problem : damageText(damage),
    damage: damage ?? known.damage,
    ...nothing,
  };
}

const nothing: Pick<
  RunPage,
  'waitsFor' | 'facts' | 'input' | 'outputs' | 'tasks' | 'actions' | 'notNow' | 'timers'
> = {
  waitsFor: [],
  facts: [],
  input: {},
  outputs: [],
  tasks: [],
  actions: [],
  notNow: [],
  timers: [],
};

/**
 * Details that need reading the run, as of now. Cached until the run changes, for the 2,000 runs asked for last. Runs
 * that are missing or unreadable are left out.
 */
export function createRunDetails({ workflows, board }: Pick<OperationPorts, 'workflows' | 'board'>): {
  readonly of: (runs: readonly string[]) => Promise<readonly RunDetail[]>;
} {
  const kept = new Map<string, { readonly upTo: number; readonly detail: RunDetail }>();

  const detailOf = async (run: string): Promise<RunDetail | undefined> => {
    const sequence = board.line(run)?.sequence;
    const known = kept.get(run);
    if (sequence === undefined) return undefined;
    if (known !== undefined && known.upTo >= sequence) return known.detail;
    if (board.line(run)?.archived === 'head') return undefined;
    const { view } = await workflows.inspect(run);
    if (view === undefined) return undefined;
    const detail = runDetail(view);
    kept.delete(run);
    // The readable part of a damaged run ends early, which only reading all of it shows: do not read it again for
    // that.
    kept.set(run, { upTo: Math.max(sequence, detail.sequence), detail });
    const [oldest] = kept.keys();
    if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest);

    return detail;
  };

  return {
    of: async (runs) => {
      const found: RunDetail[] = [];
      // One by one: a list can wait, and should not delay somebody who looks at a single run.
      for (const run of new Set(runs)) {
        const detail = await detailOf(run);
        if (detail !== undefined) found.push(detail);
      }

      return found;
    },
  };
}

type ResultDeps = Pick<OperationPorts, 'workflows' | 'clock'>;

/** So many answers of one caller wait for runs at a time; one more says at once how its run is. */
const waitsMax = 50;
const waiting = new Map<string, number>();

/**
 * What came of a run. With `wait` it is waited for, but not longer than until a person has to do something, or the
 * caller is gone.
 */
export async function runResult(
  deps: ResultDeps,
  { run: named, wait = 0 }: z.output<typeof RunResultRequest>,
  { actor, gone }: WaitingCaller,
): Promise<RunResult> {
  const { workflows } = deps;
  const run = await workflows.resolve(named);
  const waits = waiting.get(actor) ?? 0;
  if (wait > 0 && waits < waitsMax) {
    waiting.set(actor, waits + 1);
    await endOrPerson(deps, run, { waitSeconds: wait, gone }).finally(() => endWait(actor));
  }
  const view = await workflows.view(run);
  const { status, error, reason } = view.state;
  const approvals = isFinal(status) ? [] : await workflows.approvals({ run });

  return {
    ...{ run, status, error, reason },
    ...(status === 'COMPLETED' ? { output: await workflows.output(run) } : {}),
    ...(isFinal(status) ? {} : { waitsFor: [...view.waitsFor] }),
    ...(approvals.length === 0 ? {} : { approvals: approvals.map(({ address }) => address) }),
  };
}

function endWait(actor: string): void {
  const left = (waiting.get(actor) ?? 1) - 1;
  if (left === 0) waiting.delete(actor);
  else waiting.set(actor, left);
}

type Wait = { readonly waitSeconds: number; readonly gone: AbortSignal | undefined };

/** Waits until the run has ended or a person has to do something, at most so long. */
async function endOrPerson(
  { workflows, clock }: ResultDeps,
  run: string,
  { waitSeconds, gone }: Wait,
): Promise<void> {
  const { state, sequence } = await workflows.view(run);
  if (isFinal(state.status) || state.status === 'PAUSED') return;
  if ((await workflows.approvals({ run })).length > 0) return;
  const over = new AbortController();
  const cancel = clock.after(waitSeconds * 1_000, () => over.abort());
  try {
    const ended = gone === undefined ? over.signal : AbortSignal.any([over.signal, gone]);
    for await (const entry of workflows.follow(run, ended)) {
      if (!('record' in entry)) break;
      if (entry.record.sequence > sequence && needsNoWait(entry.record)) break;
    }
  } finally {
    cancel();
  }
}

function needsNoWait({ data: { head } }: JournalRecord): boolean {
  if (isFinal(head.status) || head.status === 'PAUSED') return true;

  return (head.asks ?? []).length > 0;
}
