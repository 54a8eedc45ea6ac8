import type { JournalRecord } from '../../../events/record.ts';
import type { RunCount } from '../../../machines/run/record/run-filter.ts';
import type { Watching } from '../../cli/app.ts';
import { onceForLater } from '../../lib/once.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BoardLine } from '../../ports/runs/board.ts';
import type { RunView, Workflows } from '../../ports/runs/workflows.ts';
import type { Surroundings } from '../../ports/work/surroundings.ts';
import { typicalOf } from '../../projections/run/run-line.ts';
import type { AgentNow, KnownWorld } from './known-runs.ts';

/** How many of its events are kept. */
const recordsMax = 500;
/** Folding a long run takes time: it is not folded more often than this. */
const readMsMin = 250;
/** Whoever runs through the list is not read every run of it. */
const markedMsMin = 120;

/** Everything the dashboard knows, kept up to date until it is closed. */
export type Sight = {
  readonly known: () => KnownWorld;
  readonly mark: (run: string | undefined) => void;
  readonly refresh: () => void;
  readonly close: () => void;
};

/** Who is there changes without a record. */
const agentsEveryMs = 2_000;

/** `onChange` is called whenever something else would be drawn. */
export function createSight(
  { workflows, board, agents, namespace, url }: Watching,
  { clock, onChange }: { readonly clock: Clock; readonly onChange: () => void },
): Sight {
  const marked = createMarkedSight({ workflows, clock, onChange });
  const ended = createEndedRuns(board, onChange);
  let staff: readonly AgentNow[] = [];
  let address: string | undefined;
  let around: Surroundings | undefined;
  let cancel = (): void => {};
  let closed = false;
  const deaf = board.onLanded(({ run, record, line }) => {
    ended.landed(line);
    marked.landed(run, record);
    onChange();
  });

  async function look(): Promise<void> {
    // Undefined where that cannot be read: the agents are told without.
    const depths = await agents.depths();
    staff = agents.agents(depths).map(({ name, workers }) => {
      const waiting = depths?.get(name)?.waiting;
      const running = workers.reduce((sum, worker) => sum + worker.running, 0);
      return { name, workers: workers.length, running, ...(waiting === undefined ? {} : { waiting }) };
    });
    address = await url();
    around = await workflows.surroundings();
    if (closed) return;
    onChange();
    cancel = clock.after(agentsEveryMs, () => void look());
  }
  void look();

  return {
    known: () => {
      const view = marked.view();
      const typical = view === undefined ? undefined : typicalOf(board, view.state.definition);
      return {
        namespace,
        position: board.position(),
        isLive: board.isLive(),
        lines: [...board.live(), ...ended.lines()],
        counts: ended.counts(),
        records: marked.records(),
        agents: staff,
        ...(view === undefined ? {} : { view }),
        ...(typical === undefined ? {} : { typical }),
        ...(address === undefined ? {} : { url: address }),
        ...(around === undefined ? {} : { around }),
      };
    },
    mark: marked.mark,
    refresh: () => {
      marked.refresh();
      onChange();
    },
    close: () => {
      closed = true;
      cancel();
      deaf();
      marked.close();
    },
  };
}

/** Of runs that have ended, so many that changed last are listed. */
const endedMax = 1_000;

/** The runs that ended last, and how many runs there are in all. */
function createEndedRuns(board: Watching['board'], onChange: () => void) {
  let lines: readonly BoardLine[] = [];
  let counts: readonly RunCount[] = [];
  const read = onceForLater(async () => {
    counts = await board.counts();
    onChange();
  });
  const failed = (): void => undefined;
  const filter = { isEnded: true };
  board.page({ filter, order: 'changed', limit: endedMax }).then((found) => {
    lines = found;
    onChange();
  }, failed);
  read().catch(failed);

  return {
    lines: () => lines,
    counts: () => counts,
    landed: (line: BoardLine): void => {
      const others = lines.filter(({ run }) => run !== line.run);
      lines = line.head.endedAt === undefined ? others : [line, ...others.slice(0, endedMax - 1)];
      read().catch(failed);
    },
  };
}

/** What is known of the run that is marked: read when it is marked, and again when something of it lands. */
type MarkedSight = {
  readonly view: () => RunView | undefined;
  /** The latest events, oldest first. */
  readonly records: () => readonly JournalRecord[];
  /** Another run, or none, is marked now. */
  readonly mark: (run: string | undefined) => void;
  readonly landed: (run: string, record: JournalRecord) => void;
  /** Reads it anew. */
  readonly refresh: () => void;
  readonly close: () => void;
};

type Sources = {
  readonly workflows: Pick<Workflows, 'inspect' | 'history'>;
  readonly clock: Clock;
  readonly onChange: () => void;
};

function createMarkedSight({ workflows, clock, onChange }: Sources): MarkedSight {
  let run: string | undefined;
  let view: RunView | undefined;
  let records: readonly JournalRecord[] = [];
  let cancel: (() => void) | undefined;
  let closed = false;

  function later(delayMs: number, hasHistory: boolean): void {
    if (cancel !== undefined && !hasHistory) return;
    cancel?.();
    cancel = clock.after(delayMs, () => {
      cancel = undefined;
      void read(run, hasHistory);
    });
  }

  /** A server that is gone leaves what was known; it is read again when it is there. */
  async function read(wanted: string | undefined, hasHistory: boolean): Promise<void> {
    if (wanted === undefined) return;
    try {
      const inspected = await workflows.inspect(wanted);
      const latest = hasHistory ? await latestRecords(workflows, wanted) : undefined;
      if (closed || wanted !== run) return;
      view = inspected.view;
      if (latest !== undefined) records = latest;
    } catch {
      if (!closed && wanted === run) later(readMsMin * 4, hasHistory);
    }
    onChange();
  }

  return {
    view: () => view,
    records: () => records,
    mark: (other) => {
      if (other === run) return;
      run = other;
      view = undefined;
      records = [];
      later(markedMsMin, true);
    },
    landed: (of, record) => {
      if (of !== run) return;
      if (record.sequence > (records.at(-1)?.sequence ?? 0))
        records = [...records, record].slice(-recordsMax);
      later(readMsMin, false);
    },
    refresh: () => later(0, true),
    close: () => {
      closed = true;
      cancel?.();
    },
  };
}

async function latestRecords(
  workflows: Pick<Workflows, 'history'>,
  run: string,
): Promise<readonly JournalRecord[]> {
  let records: JournalRecord[] = [];
  for await (const entry of workflows.history(run)) {
    if ('record' in entry) records.push(entry.record);
    if (records.length > 2 * recordsMax) records = records.slice(-recordsMax);
  }

  return records.slice(-recordsMax);
}
