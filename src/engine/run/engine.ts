import type { Json } from '../../../events/canonical-json.ts';
import type { JournalRecord } from '../../../events/record.ts';
import type { ReportAnswer } from '../../../events/worker-protocol.ts';
import type { Chart } from '../../../machines/chart/chart.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { type Landing, landing } from '../../../machines/prover/what-if/migration-target.ts';
import type { Command, Origin } from '../../../machines/run/decide/command.ts';
import { decide, ledTo } from '../../../machines/run/decide/decide.ts';
import { newRun, type Run } from '../../../machines/run/run.ts';
import { within } from '../../lib/deadline.ts';
import { oncePerKey } from '../../lib/once.ts';
import type { Clock } from '../../ports/clock.ts';
import { RunArchived } from '../../ports/runs/archive.ts';
import type { BlobStore } from '../../ports/runs/blob-store.ts';
import type { RunSummary } from '../../ports/runs/run-index.ts';
import { type AttemptClaims, createAttemptClaims } from '../attempts/attempt-claims.ts';
import { createReporting } from '../attempts/reporting.ts';
import { withLargeValues } from '../queries/what-if.ts';
import { createCharts } from '../run-reader/charts.ts';
import { createRunReader, type LoadedRun, type RunReader } from '../run-reader/run-reader.ts';
import { snapshotMin } from '../run-reader/snapshot-keeper.ts';
import { type ActiveRuns, createActiveRuns } from './active-runs.ts';
import { withinLimit } from './admission.ts';
import { createWaking } from './due-timers.ts';
import { type EngineDeps, type RunContextDeps, refusedByOlder, runContextOf } from './engine-deps.ts';
import { keyedCommand, refusedRerun } from './erasure-keys.ts';
import type { CommandCaller, Mailbox, Outcome } from './mailbox.ts';
import { asBefore, refusedAsTooLarge } from './mailbox-answers.ts';
import { blobBytesMax, contentOf, toldFirst, toldState } from './resolve-blobs.ts';
import { type Asleep, createSleepers, isAtRest, lookAtQuiet, restOf, type Sleepers } from './sleepers.ts';

/** How often a run that is changed by another writer is read again. */
const triesMax = 5;
/** How long an engine that stops waits for what ended commands had printed: grace, pipes, and the append. */
const lastWordsMsMax = 3_500;

/** Works on runs: decides, appends, carries out effects. Knows nothing of shards; see `createNode`. */
export type Engine = {
  readonly reader: RunReader;
  readonly startRun: (request: StartRun) => Promise<Outcome>;
  /** Begins a new run by a command that names what it continues. */
  readonly forkRun: (chart: Chart, command: ForkRun, actor: string) => Promise<Outcome>;
  /** Loads the run if it is not active. Rejects with RunNotFound, RunQuarantined. */
  readonly submit: (run: string, command: Command, asker: CommandCaller) => Promise<Outcome>;
  /** Migrates the run to the version with this hash. Rejects like `submit`. */
  readonly migrate: (run: string, hash: string, asker: CommandCaller) => Promise<Outcome>;
  /** Answers a worker's report about an attempt. Rejects if this engine cannot: the worker then asks again. */
  readonly report: (agent: string, report: Json) => Promise<ReportAnswer>;
  /**
   * Loads the run and starts what it waits for; one whose last record says that it only waits is put down until then.
   * Resolves with whether the run was read.
   */
  readonly adopt: (run: string, last?: RunSummary) => Promise<boolean>;
  /** Reads those active runs again that `which` selects and another writer changed. */
  readonly look: (which: (run: string) => boolean) => Promise<void>;
  /**
   * Releases the runs that `which` selects: their attempts are stopped without recording anything. Resolves with
   * those that have not ended, but not with those that only waited for long.
   */
  readonly release: (which: (run: string) => boolean) => Promise<readonly string[]>;
  /** Releases every run, for good. */
  readonly stop: () => Promise<void>;
};

export type StartRun = {
  readonly run: string;
  readonly chart: Chart;
  readonly input: Readonly<Record<string, Json>>;
  readonly actor: string;
  /** Its id was made just now: it cannot have been archived. */
  readonly isNew?: boolean | undefined;
} & Origin;

type ForkRun = Extract<Command, { kind: 'forkRun' }>;

/** The run was released while it was being read. The reaction: ask its new owner. */
class Released extends Error {
  override readonly name = 'Released';
  readonly code = 'run.moved';

  constructor(run: string) {
    super(`this engine no longer works on run ${run}; ask again`);
  }
}

export function createEngine(given: EngineDeps): Engine {
  const deps = { ...given, ...readingOf(given) };
  const read = (id: string) => readAsleep(deps, id, sleepers.get(id));
  const holders = createAttemptClaims({ ...deps, ttlMs: deps.work?.claimTtlMs });
  const waking = createWaking(deps.clock);
  const sleepers = createSleepers({ ...deps, waking, wake });
  const onQuiet = (id: string) => lookAtQuiet(id, { ...deps, atHand, sleepers });
  const atHand = createActiveRuns({ ...deps, holders, waking, onQuiet }, read);
  const { mailboxes, forget } = atHand;
  const { loadOnce, mailboxOf, letGo, close, isClosed } = createLoading(read, { atHand, holders, sleepers });

  const starting = createStarting(deps, { atHand, isClosed });

  async function adopt(id: string, last?: RunSummary): Promise<boolean> {
    const known = mailboxes.get(id);
    if (known === undefined && !isClosed() && isAtRest(last))
      return !sleepers.meet(id, ...restOf(last, deps.clock));
    if (known !== undefined) await known.look();
    else {
      const loaded = await unlessArchived(loadOnce(id));
      if (loaded !== undefined) putAway(id, loaded);
    }

    return true;
  }

  async function wake(id: string): Promise<void> {
    const mailbox = await mailboxOf(id);
    await atHand.fireDue(mailbox);
    putAway(id, mailbox);
  }

  async function submit(id: string, command: Command, asker: CommandCaller): Promise<Outcome> {
    let mailbox = await mailboxOf(id);
    // It may be put down between the moment its mailbox is found and the one it is asked.
    while (mailboxes.get(id) === undefined && sleepers.get(id) !== undefined) mailbox = await mailboxOf(id);
    try {
      const refusal = await refusedRerun(deps, mailbox.run(), command);
      return refusal === undefined ? await mailbox.submit(command, asker) : { ok: false, refusal };
    } finally {
      putAway(id, mailbox);
    }
  }

  function putAway(id: string, mailbox: Mailbox): void {
    if (isFinal(mailbox.run().state.status) && mailboxes.get(id) === mailbox) forget(id);
  }

  async function release(which: (run: string) => boolean): Promise<readonly string[]> {
    letGo(which);
    const released = [...mailboxes].filter(([id]) => which(id));
    for (const [id] of released) forget(id);
    const lately = sleepers.release(which);
    await Promise.all(released.map(([, mailbox]) => mailbox.close()));
    const live = released.filter(([, mailbox]) => !isFinal(mailbox.run().state.status));

    return [...live.map(([id]) => id), ...lately];
  }

  async function look(which: (run: string) => boolean): Promise<void> {
    const picked = [...mailboxes].filter(([id]) => which(id));
    await Promise.all(picked.map(([, mailbox]) => mailbox.look()));
  }

  async function stop(): Promise<void> {
    close();
    atHand.stop();
    sleepers.stop();
    // A command that was told to end has a while to do so, and what it printed is known only then.
    await within(deps.clock, lastWordsMsMax, atHand.whenLogged());
    await release(() => true);
  }

  return {
    reader: deps.reader,
    startRun: starting.startRun,
    forkRun: starting.begin,
    submit,
    migrate: (run, hash, asker) => migrateRun({ ...deps, submit }, { run, hash, asker }),
    report: createReporting({ ...deps, holders }, { mailboxes, mailboxOf, putAway }),
    adopt,
    look,
    release,
    stop,
  };
}

/** One that has left the journal has ended: there is nothing to take up. */
async function unlessArchived<Loaded>(loading: Promise<Loaded>): Promise<Loaded | undefined> {
  try {
    return await loading;
  } catch (error) {
    if (error instanceof RunArchived) return undefined;
    throw error;
  }
}

/** Begins runs. */
function createStarting(
  deps: EngineDeps & { readonly reader: RunReader },
  { atHand, isClosed }: { readonly atHand: ActiveRuns; readonly isClosed: () => boolean },
) {
  async function startRun({ chart, actor, isNew, ...given }: StartRun): Promise<Outcome> {
    const request = { ...given, input: await contentOf(deps.blobs, given.input) };

    return withinLimit(deps, chart, request, () =>
      begin(chart, { kind: 'startRun', ...request }, actor, isNew),
    );
  }

  /** The first event of a run. */
  async function begin(
    chart: Chart,
    command: Extract<Command, { kind: 'startRun' | 'forkRun' }>,
    actor: string,
    isNew = false,
  ): Promise<Outcome> {
    const id = command.run;
    if (isClosed()) throw new Released(id);
    // Nothing in the journal would keep a second run of the id from beginning there.
    if (!isNew && (await deps.reader.archived(id)) !== undefined) return startedBeforeArchived(id);
    const refusal = await refusedByOlder(deps, chart);
    if (refusal !== undefined) return { ok: false, refusal };
    const keyed = await keyedCommand(deps, chart, await toldFirst(deps.blobs, command));
    if (!keyed.ok) return keyed;
    const context = await runContextOf(deps, chart, { run: id });
    const aside = keyed.sealing === undefined ? context : { ...context, sealing: keyed.sealing };
    const mailbox =
      atHand.mailboxes.get(id) ?? atHand.open(id, { run: newRun(chart, aside), position: 0, time: 0 });
    try {
      return await mailbox.submit(keyed.command, { actor });
    } finally {
      // Refused or uncertain: the journal counts, and is read at the next request.
      if (mailbox.run().sequence === 0) atHand.forget(id);
    }
  }

  return { startRun, begin };
}

function startedBeforeArchived(run: string): Outcome {
  const message = `run ${run} was started already, has ended and was archived`;

  return { ok: false, refusal: { code: 'run.exists', message } };
}

/** Loads runs, each once however many ask for it, until it is closed. */
function createLoading(
  read: (id: string) => Promise<LoadedRun>,
  {
    atHand: { mailboxes, open, takeUp, tell },
    holders,
    sleepers,
  }: { readonly atHand: ActiveRuns; readonly holders: AttemptClaims; readonly sleepers: Sleepers },
) {
  const loadOnce = oncePerKey(load);
  const reads = createWantedReads(read);
  let isClosed = false;

  async function load(id: string): Promise<Mailbox> {
    const loaded = await reads.read(id);
    if (isClosed || loaded === undefined) throw new Released(id);
    // Another request started it meanwhile: a run must not have two mailboxes.
    const begun = mailboxes.get(id);
    if (begun !== undefined) return begun;
    // A start in progress during the release may have been noted since.
    holders.drop(id);
    const mailbox = open(id, loaded, sleepers.get(id)?.aheadMs);
    sleepers.forget(id);
    // An ended run stays active while it is asked for: it may be told to go on.
    if (isFinal(loaded.run.state.status)) tell(loaded.run);
    else takeUp(id, mailbox);

    return mailbox;
  }

  return {
    loadOnce,
    mailboxOf: async (id: string): Promise<Mailbox> => mailboxes.get(id) ?? loadOnce(id),
    letGo: reads.letGo,
    close: (): void => {
      isClosed = true;
    },
    isClosed: () => isClosed,
  };
}

/**
 * Of a short run no snapshot is kept, and to ask for one takes as long as to read a record. Rejects with RunArchived:
 * what has left the journal does not go on.
 */
async function readAsleep(
  deps: RunContextDeps & { readonly reader: RunReader },
  id: string,
  asleep: Asleep | undefined,
): Promise<LoadedRun> {
  const archived = await deps.reader.archived(id);
  if (archived !== undefined) throw new RunArchived(archived);
  const whole = (asleep?.sequence ?? snapshotMin) < snapshotMin;

  return deps.reader.fold(id, {
    runContextOf: (of, erasureKey) => runContextOf(deps, of, { run: id, erasureKey }),
    whole,
  });
}

function readingOf(given: EngineDeps) {
  const { charts = createCharts(given.definitions) } = given;
  const { reader = createRunReader({ ...given, charts }) } = given;

  return { charts, reader };
}

type MigrateDeps = RunContextDeps &
  Pick<EngineDeps, 'featureRefusal'> & {
    readonly reader: RunReader;
    readonly blobs: BlobStore;
    readonly clock: Clock;
    readonly submit: (run: string, command: Command, asker: CommandCaller) => Promise<Outcome>;
  };

/** Migrates an active run if its recorded events lead to a matching state. */
async function migrateRun(
  deps: MigrateDeps,
  { run: id, hash, asker }: { readonly run: string; readonly hash: string; readonly asker: CommandCaller },
): Promise<Outcome> {
  const { reader, blobs, submit } = deps;
  const chart = await reader.charts.byHash(hash);
  const refusal = await refusedByOlder(deps, chart);
  if (refusal !== undefined) return { ok: false, refusal };
  for (let tries = 1; ; tries += 1) {
    const { run } = await reader.fold(id, {
      runContextOf: (of, erasureKey) => runContextOf(deps, of, { run: id, erasureKey }),
      whole: true,
      once: true,
    });
    const known = answered(run, chart, asker);
    if (known !== undefined) return known;
    const landed = await landingOf(deps, run, chart);
    if (!landed.ok) return stays(landed.why);
    // Values are stored before the event that refers to them.
    for (const blob of landed.blobs) await blobs.put(blob);
    const outcome = await submit(id, commandTo(chart, run, await toldState(blobs, landed.state)), asker);
    if (outcome.ok) return outcome;
    if (outcome.refusal.code === refusedAsTooLarge.refusal.code)
      return stays('its state is larger than one record of the journal may be');
    if (outcome.refusal.code !== 'migrate.moved-on' || tries === triesMax) return outcome;
  }
}

function stays(why: string): Outcome {
  return { ok: false, refusal: { code: 'migrate.other-state', message: `it stays: ${why}` } };
}

function commandTo(chart: Chart, { sequence: at }: Run, state: Json): Command {
  return { kind: 'migrateRun', chart, at, state };
}

/** What is known without computing the state, which would read the whole journal. */
function answered(run: Run, chart: Chart, asker: CommandCaller): Outcome | undefined {
  const led = ledTo(run.state, asker.id);
  if (led !== undefined) return asBefore(led);
  const decision = asker.refused?.(run) ?? decide(run, commandTo(chart, run, { phase: run.state.phase }));

  return decision.ok ? undefined : decision;
}

async function landingOf({ reader, blobs, clock }: MigrateDeps, run: Run, chart: Chart): Promise<Landing> {
  if (chart.sealed !== undefined && run.state.erasureKey === undefined)
    return { ok: false, why: 'that version seals values, and those of the run are recorded as they are' };
  const records: JournalRecord[] = [];
  for await (const stored of reader.entries(run.state.run)) {
    if (stored.kind === 'record' && stored.record.sequence <= run.sequence) records.push(stored.record);
  }
  const now = new Date(clock.now()).toISOString();
  const told = await withLargeValues(blobs, run.aside.blobs as Map<string, Json>, () =>
    landing(run, records, { chart, now }),
  );
  const landed: Landing = typeof told === 'string' ? { ok: false, why: told } : told;
  const huge = landed.ok ? landed.blobs.find(({ bytes }) => bytes > blobBytesMax) : undefined;

  return huge === undefined
    ? landed
    : { ok: false, why: `it would have made a value of ${huge.bytes} bytes` };
}

/** Loads runs that may be released meanwhile, in which case nobody wants them any more. */
type WantedReads = {
  /** Undefined if the run was released while it was read. Concurrent reads of a run are one. */
  readonly read: (run: string) => Promise<LoadedRun | undefined>;
  readonly letGo: (which: (run: string) => boolean) => void;
};

function createWantedReads(read: (run: string) => Promise<LoadedRun>): WantedReads {
  const wanted = new Set<string>();

  return {
    read: async (run) => {
      wanted.add(run);
      try {
        const loaded = await read(run);

        return wanted.has(run) ? loaded : undefined;
      } finally {
        wanted.delete(run);
      }
    },
    letGo: (which) => {
      for (const run of wanted) {
        if (which(run)) wanted.delete(run);
      }
    },
  };
}
