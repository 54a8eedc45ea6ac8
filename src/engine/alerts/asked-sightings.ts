import type { Sighting } from '../../../machines/alerts/due-alerts.ts';
import { passedThresholds } from '../../../machines/alerts/thresholds.ts';
import { metricsAfter, type RunMetrics } from '../../../machines/run/run-metrics.ts';
import type { AlertKind } from '../../../machines/serve-file/served.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Board, BoardLine } from '../../ports/runs/board.ts';
import type { Workflows } from '../../ports/runs/workflows.ts';
import type { AgentsDesk } from '../../ports/work/agent-admin.ts';
import type { RunReader } from '../run-reader/run-reader.ts';

export type AskedSources = {
  readonly board: Pick<Board, 'live' | 'each' | 'counts'>;
  readonly workflows: Pick<Workflows, 'waitingApprovals' | 'deadLetters'>;
  readonly reader: Pick<RunReader, 'charts' | 'entries'>;
  readonly agents: Pick<AgentsDesk, 'agents' | 'depths'>;
  readonly clock: Clock;
};

type Wanted = {
  readonly kinds: ReadonlySet<AlertKind>;
  /** What became a dead letter before, in ms since 1970, is no news to any rule. */
  readonly fromMs: number;
};

/** What has to be asked for: approvals, dead letters, thresholds, and agents without workers. Only of these kinds. */
export function createAskedSightings(sources: AskedSources) {
  const letters = onceChanged((line) => lettersOf(sources, line));
  const metricsOf = createMetrics(sources.reader);
  const thresholds = onceChanged((line) => thresholdsOf(sources, line, metricsOf));
  const absences = createAbsences(sources);

  return async ({ kinds, fromMs }: Wanted): Promise<readonly Sighting[]> => {
    const live = sources.board.live();
    const from = new Date(fromMs).toISOString();
    const found = await Promise.all([
      kinds.has('approval_waiting') ? approvalsOf(sources, live) : [],
      // A task failed for good no later than something happened in its run.
      kinds.has('dead_letter')
        ? letters([...live, ...(await failedSince(sources.board, from))].filter(mayHold))
        : [],
      kinds.has('no_worker') ? absences() : [],
      kinds.has('threshold_passed') ? thresholds(metricsOf.only(await withThresholds(sources, from))) : [],
    ]);

    return found.flat();
  };
}

/** The runs that ended badly, or changed while they are set aside, at this time or later. */
export async function failedSince(
  board: Pick<Board, 'each'>,
  updatedFrom: string,
): Promise<readonly BoardLine[]> {
  const shown = ['FAILED', 'TIMED_OUT', 'QUARANTINED'];
  const found: BoardLine[] = [];
  for await (const line of board.each({ shown, isEnded: true, updatedFrom }, 'updated')) found.push(line);

  return found;
}

/** A run under way passes a threshold as time goes by. Of definitions without thresholds none is looked at. */
async function withThresholds(
  { board, reader }: AskedSources,
  updatedFrom: string,
): Promise<readonly BoardLine[]> {
  const known = new Set((await board.counts()).map(({ definition }) => definition.hash));
  const hashes: string[] = [];
  for (const hash of known) {
    const chart = await reader.charts.byHash(hash).catch(() => undefined);
    if (chart?.definition.monitoring?.thresholds !== undefined) hashes.push(hash);
  }
  if (hashes.length === 0) return [];
  const found = board.live().filter(({ head }) => hashes.includes(head.definition.hash));
  for await (const line of board.each({ hashes, isEnded: true, updatedFrom }, 'updated')) found.push(line);

  return found.filter(({ damage }) => damage === undefined);
}

/** As `dead-letters` has it: what is not over and not paused goes on by itself. */
function mayHold({ head: { status }, damage }: BoardLine): boolean {
  return damage === undefined && (status === 'FAILED' || status === 'TIMED_OUT' || status === 'PAUSED');
}

/**
 * Asks about a run anew only when something happened in it, or when it could not be read: then what was found before
 * counts.
 */
function onceChanged(ask: (line: BoardLine) => Promise<readonly Sighting[]>) {
  type Known = { readonly sequence: number | undefined; readonly found: readonly Sighting[] };
  let known: ReadonlyMap<string, Known> = new Map();

  return async (lines: readonly BoardLine[]): Promise<readonly Sighting[]> => {
    const next = new Map<string, Known>();
    for (const line of lines) {
      const { run, sequence } = line;
      const before = known.get(run);
      const isKnown = before?.sequence === sequence;
      const found = isKnown ? before.found : await ask(line).catch(() => undefined);
      const unread = { sequence: undefined, found: before?.found ?? [] };
      next.set(run, found === undefined ? unread : { sequence, found });
    }
    known = next;

    return [...known.values()].flatMap(({ found }) => found);
  };
}

async function approvalsOf(
  { workflows }: AskedSources,
  lines: readonly BoardLine[],
): Promise<readonly Sighting[]> {
  const found = await workflows.waitingApprovals(lines);

  return found.map(({ run, definition, address, task, since }): Sighting => {
    const text = `approval of ${task.name ?? address} in run ${run} of ${definition.id} has been waiting`;
    const subject = `${run} ${address} ${since}`;

    return {
      on: 'approval_waiting',
      subject,
      run,
      definition: definition.id,
      sinceMs: Date.parse(since),
      text,
    };
  });
}

async function lettersOf({ workflows }: AskedSources, line: BoardLine): Promise<readonly Sighting[]> {
  const found = await workflows.deadLetters({ run: line.run });

  return found.map(({ run, definition, task, attempts, error, at }): Sighting => {
    const why = error === undefined ? '' : `: ${error.code}`;
    const times = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
    const text = `${task} of run ${run} of ${definition.id} is a dead letter after ${times}${why}`;
    const of = { run, definition: definition.id } as const;

    return { ...of, on: 'dead_letter', subject: `${run} ${task} ${at}`, sinceMs: Date.parse(at), text };
  });
}

/**
 * The thresholds that the run of a line has passed, or will pass if it goes on. Its journal is read only where its
 * definition has any. Rejects with DefinitionMissing, and where the journal cannot be read.
 */
async function thresholdsOf(
  { reader: { charts } }: AskedSources,
  { run, head }: BoardLine,
  metricsOf: ReturnType<typeof createMetrics>,
): Promise<readonly Sighting[]> {
  const chart = await charts.byHash(head.definition.hash);
  const thresholds = chart.definition.monitoring?.thresholds;
  if (thresholds === undefined) return [];

  const metrics = await metricsOf.now(run);
  if (metrics === undefined) return [];
  const { id } = head.definition;

  return passedThresholds(thresholds, metrics).map(
    ({ metric, atMs, text }): Sighting => ({
      on: 'threshold_passed',
      // A run that is retried may pass one anew.
      subject: `${run} ${metric} ${atMs}`,
      run,
      definition: id,
      sinceMs: atMs,
      text: `run ${run} of ${id} passed its threshold ${metric}: ${text}`,
    }),
  );
}

/** What runs have come to so far, each read on from where it was read to. */
function createMetrics({ entries }: Pick<RunReader, 'entries'>) {
  type Folded = { readonly after: number; readonly metrics: RunMetrics };
  const known = new Map<string, Folded>();

  return {
    /** Forgets all other runs. */
    only: (lines: readonly BoardLine[]): readonly BoardLine[] => {
      const runs = new Set(lines.map(({ run }) => run));
      for (const run of known.keys()) if (!runs.has(run)) known.delete(run);

      return lines;
    },
    /** Undefined where nothing is stored. Rejects where the journal cannot be read. */
    now: async (run: string): Promise<RunMetrics | undefined> => {
      let folded = known.get(run);
      for await (const stored of entries(run, folded === undefined ? {} : { after: folded.after })) {
        if (stored.kind !== 'record') continue;
        folded = { after: stored.position, metrics: metricsAfter(folded?.metrics, stored.record) };
      }
      if (folded !== undefined) known.set(run, folded);

      return folded?.metrics;
    },
  };
}

/** Since when an agent has had work and nobody to do it is known from looking on, by the clock that is never set. */
function createAbsences({ agents, clock }: AskedSources): () => Promise<readonly Sighting[]> {
  let since = new Map<string, number>();

  return async () => {
    const depths = await agents.depths();
    // What cannot be read is as it was.
    const shownMs = (steadyMs: number) => clock.now() - (clock.steady() - steadyMs);
    if (depths === undefined) return [...since].map(([name, at]) => absence(name, { sinceMs: shownMs(at) }));
    const next = new Map<string, number>();
    const seen: Sighting[] = [];
    for (const { name, workers, transport } of agents.agents(depths)) {
      const waiting = depths.get(name)?.waiting ?? 0;
      if (waiting === 0 || workers.length > 0 || transport.kind !== 'nats') continue;
      const at = since.get(name) ?? clock.steady();
      next.set(name, at);
      seen.push(absence(name, { sinceMs: shownMs(at), waiting }));
    }
    since = next;

    return seen;
  };
}

function absence(
  name: string,
  { sinceMs, waiting }: { readonly sinceMs: number; readonly waiting?: number },
): Sighting {
  const what = waiting === 1 ? '1 task waits' : `${waiting ?? 'some'} tasks wait`;

  return {
    on: 'no_worker',
    subject: `${name} no worker`,
    sinceMs,
    text: `${what} for ${name}, and no worker of it has been there`,
  };
}
