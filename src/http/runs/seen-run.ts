import { taskLinesInText } from '../../../machines/language/text/task-lines-in-text.ts';
import { damageText } from '../../../machines/run/record/damage-text.ts';
import type { RunPage } from '../../api/run.ts';
import type { StoredDefinition } from '../../ports/definitions/definition-store.ts';
import { RunNotFound, type RunView } from '../../ports/runs/workflows.ts';
import { runLine, runPage } from '../../projections/run/run-page.ts';
import type { ApiDeps } from '../api.ts';
import { runLinesOf } from './run-lines.ts';

type Deps = Pick<ApiDeps, 'workflows' | 'board' | 'clock'>;

/** A run as it is, or as it was after event `at`. Rejects with RunNotFound, RunAmbiguous, NoSuchEvent. */
export async function seenRun(deps: Deps, name: string, at: number | undefined): Promise<RunPage> {
  const { workflows } = deps;
  const run = await workflows.resolve(name);
  const last = lastSound(deps, run);
  // How it is now need not be looked at: that it is later is known.
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

  return unseenPage(deps, run, damage === undefined ? undefined : damageText(damage));
}

/** The number of its last event, as far as that is known here; 0 where it is not, or the run is damaged. */
function lastSound({ board }: Deps, run: string): number {
  const line = board.line(run);

  return line === undefined || line.damage !== undefined ? 0 : line.sequence;
}

type Tense = { readonly last: number; readonly isPast: boolean };

async function pageOf(deps: Deps, view: RunView, tense: Tense): Promise<RunPage> {
  const { board, clock } = deps;
  const lines = runLinesOf(board);
  const { run, state } = view;

  return runPage(view, {
    ...tense,
    shortId: lines.shortId(run),
    typicalMs: lines.typicalMs(state.definition),
    nowMs: clock.now(),
    lines: await taskLines(deps, state.definition),
  });
}

const linesByText = new WeakMap<StoredDefinition, ReadonlyMap<string, number>>();

/** Where the tasks stand is a comfort: a run is shown without. */
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

/** A run of which not even the first event can be trusted: its line in the index is all there is. */
function unseenPage({ board }: Deps, run: string, damage: string | undefined): RunPage {
  const line = board.line(run);
  if (line === undefined) throw new RunNotFound(run);
  const { shortId, typicalMs } = runLinesOf(board);
  const { definition, status, shown, trigger, settled, tasks, ...known } = runLine(line, {
    shortId: shortId(run),
    typicalMs: typicalMs(line.head.definition),
  });
  const { startedAt, endedAt, updatedAt, sequence, parent } = known;

  return {
    run,
    shortId: known.shortId,
    definition,
    status,
    shown,
    settled,
    tasks,
    sequence,
    last: sequence,
    isPast: false,
    startedAt,
    endedAt,
    updatedAt,
    startedBy: trigger,
    parent,
    why: damage === undefined ? [] : [damage],
    damage,
    ...nothing,
  };
}

const nothing: Pick<RunPage, 'waitsFor' | 'facts' | 'input' | 'outputs' | 'taskRows' | 'actions' | 'timers'> =
  { waitsFor: [], facts: [], input: {}, outputs: [], taskRows: [], actions: [], timers: [] };
