import type { Json } from '../../events/canonical-json.ts';
import type { ReportAnswer } from '../../events/worker-protocol.ts';
import type { Chart } from '../../machines/compile/chart.ts';
import { isFinal } from '../../machines/compile/task-status.ts';
import type { Command, Origin } from '../../machines/run/command.ts';
import { newRun } from '../../machines/run/run.ts';
import { withinLimit } from './admission.ts';
import { asideOf } from './asides.ts';
import type { Asker } from './asker.ts';
import { type Charts, createCharts } from './charts.ts';
import type { EngineDeps } from './engine-deps.ts';
import { createHolders } from './holders.ts';
import { loadRun } from './load-run.ts';
import type { Mailbox, Outcome } from './mailbox.ts';
import { migrateRun } from './migrating.ts';
import { oncePerKey } from './once-per-key.ts';
import { readOrQuarantine } from './quarantine.ts';
import { createReporting } from './reporting.ts';
import { createRunsAtHand } from './runs-at-hand.ts';
import { createWantedReads } from './wanted-reads.ts';
import { contentOf } from './with-blobs.ts';

/** Works on runs: decides, appends, carries effects out. It knows nothing of shards; see `createNode`. */
export type Engine = {
  readonly charts: Charts;
  readonly startRun: (request: StartRun) => Promise<Outcome>;
  /** Begins a new run with a command that says what it goes on from. */
  readonly forkRun: (chart: Chart, command: ForkRun, actor: string) => Promise<Outcome>;
  /** Loads the run if it is not at hand. Rejects with RunNotFound, RunQuarantined. */
  readonly submit: (run: string, command: Command, asker: Asker) => Promise<Outcome>;
  /** Has the run go on by the version with this hash. Rejects as `submit`. */
  readonly migrate: (run: string, hash: string, asker: Asker) => Promise<Outcome>;
  /**
   * Answers what a worker of the agent reports about an attempt. Rejects when this engine cannot: then the worker asks
   * again.
   */
  readonly report: (agent: string, report: Json) => Promise<ReportAnswer>;
  /** Makes sure that the run is at hand and that what it waits for is under way. */
  readonly adopt: (run: string) => Promise<void>;
  /** Reads again which of the runs at hand that `which` picks were moved on by another writer. */
  readonly look: (which: (run: string) => boolean) => Promise<void>;
  /**
   * Lets go of the runs that `which` picks: their attempts are ended without recording anything. Resolves with those
   * that are not over.
   */
  readonly release: (which: (run: string) => boolean) => Promise<readonly string[]>;
  /** Lets go of every run, for good. */
  readonly stop: () => Promise<void>;
};

export type StartRun = {
  readonly run: string;
  readonly chart: Chart;
  readonly input: Readonly<Record<string, Json>>;
  readonly actor: string;
} & Origin;

type ForkRun = Extract<Command, { kind: 'forkRun' }>;

/** The run was let go of while it was being read. The reaction: ask again, whoever owns it then. */
class Released extends Error {
  override readonly name = 'Released';
  readonly code = 'run.moved';

  constructor(run: string) {
    super(`this engine no longer works on run ${run}; ask again`);
  }
}

export function createEngine(deps: EngineDeps): Engine {
  const { journal, snapshots, charts = createCharts(deps.definitions) } = deps;
  const read = (id: string) =>
    readOrQuarantine({ journal, charts, snapshots }, id, (from) =>
      loadRun(journal, charts, id, { asideOf: (chart) => asideOf(deps, chart, id), snapshots: from }),
    );
  const holders = createHolders({ ...deps, ttlMs: deps.work?.claimTtlMs });
  const atHand = createRunsAtHand({ ...deps, charts, holders }, read);
  const { mailboxes, open, forget } = atHand;
  const loadOnce = oncePerKey(load);
  const reads = createWantedReads(read);
  let stopped = false;

  async function load(id: string): Promise<Mailbox> {
    const loaded = await reads.read(id);
    if (stopped || loaded === undefined) throw new Released(id);
    // Somebody asked for its start meanwhile: two mailboxes of one run would not know of each other.
    const begun = mailboxes.get(id);
    if (begun !== undefined) return begun;
    // A start that was on its way when the run was let go of may have been noted since.
    holders.drop(id);
    const mailbox = open(id, loaded);
    // A run that is over is kept at hand while it is asked for: it may be told to go on.
    if (isFinal(loaded.run.state.status)) atHand.tell(loaded.run);
    else atHand.takeUp(id, mailbox);

    return mailbox;
  }

  async function mailboxOf(id: string): Promise<Mailbox> {
    return mailboxes.get(id) ?? loadOnce(id);
  }

  async function adopt(id: string): Promise<void> {
    const known = mailboxes.get(id);
    if (known === undefined) putAway(id, await loadOnce(id));
    else await known.look();
  }

  async function submit(id: string, command: Command, asker: Asker): Promise<Outcome> {
    const mailbox = await mailboxOf(id);
    try {
      return await mailbox.submit(command, asker);
    } finally {
      putAway(id, mailbox);
    }
  }

  function putAway(id: string, mailbox: Mailbox): void {
    if (isFinal(mailbox.run().state.status) && mailboxes.get(id) === mailbox) forget(id);
  }

  async function startRun({ chart, actor, ...given }: StartRun): Promise<Outcome> {
    const request = { ...given, input: await contentOf(deps.blobs, given.input) };

    return withinLimit(deps, chart, request, () => begin(chart, { kind: 'startRun', ...request }, actor));
  }

  /** The first event of a run. */
  async function begin(
    chart: Chart,
    command: Extract<Command, { kind: 'startRun' | 'forkRun' }>,
    actor: string,
  ): Promise<Outcome> {
    const id = command.run;
    if (stopped) throw new Released(id);
    const aside = await asideOf(deps, chart, id);
    const mailbox = mailboxes.get(id) ?? open(id, { run: newRun(chart, aside), position: 0, time: 0 });
    try {
      return await mailbox.submit(command, { actor });
    } finally {
      // Refused, or in doubt: what the journal says counts, and is read when somebody asks again.
      if (mailbox.run().sequence === 0) forget(id);
    }
  }

  async function release(which: (run: string) => boolean): Promise<readonly string[]> {
    reads.letGo(which);
    const released = [...mailboxes].filter(([id]) => which(id));
    for (const [id] of released) forget(id);
    await Promise.all(released.map(([, mailbox]) => mailbox.close()));

    return released.filter(([, mailbox]) => !isFinal(mailbox.run().state.status)).map(([id]) => id);
  }

  return {
    charts,
    startRun,
    forkRun: begin,
    submit,
    migrate: (run, hash, asker) => migrateRun({ ...deps, charts, submit }, { run, hash, asker }),
    report: createReporting({ ...deps, holders }, { mailboxes, mailboxOf, putAway }),
    adopt,
    look: async (which) => {
      const picked = [...mailboxes].filter(([id]) => which(id));
      await Promise.all(picked.map(([, mailbox]) => mailbox.look()));
    },
    release,
    stop: async () => {
      stopped = true;
      atHand.stop();
      await release(() => true);
    },
  };
}
