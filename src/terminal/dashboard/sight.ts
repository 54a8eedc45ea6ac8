import type { JournalRecord } from '../../../events/record.ts';
import type { Watching } from '../../cli/app.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RunView, Workflows } from '../../ports/runs/workflows.ts';
import { createExpectations } from '../../projections/run/run-page.ts';
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
  const expectations = createExpectations();
  let staff: readonly AgentNow[] = [];
  let address: string | undefined;
  let cancel = (): void => {};
  let closed = false;
  for (const line of board.lines()) expectations.note(line);
  const deaf = board.onLanded(({ run, record, line }) => {
    expectations.note(line);
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
    if (closed) return;
    onChange();
    cancel = clock.after(agentsEveryMs, () => void look());
  }
  void look();

  return {
    known: () => {
      const view = marked.view();
      const typical = view === undefined ? undefined : expectations.typical(view.state.definition);
      return {
        namespace,
        position: board.position(),
        isLive: board.isLive(),
        lines: board.lines(),
        records: marked.records(),
        agents: staff,
        ...(view === undefined ? {} : { view }),
        ...(typical === undefined ? {} : { typical }),
        ...(address === undefined ? {} : { url: address }),
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
