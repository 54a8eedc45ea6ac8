import type { Json } from '../../events/canonical-json.ts';
import type { Chart } from '../../machines/compile/chart.ts';
import { isFinal } from '../../machines/compile/run-state.ts';
import type { Command } from '../../machines/run/command.ts';
import { newRun, type Run } from '../../machines/run/run.ts';
import { type Charts, createCharts } from './charts.ts';
import type { EngineDeps } from './engine-deps.ts';
import { createFollowUp } from './follow-up.ts';
import { type LoadedRun, loadRun } from './load-run.ts';
import { createMailbox, type Mailbox, type Outcome } from './mailbox.ts';
import { oncePerKey } from './once-per-key.ts';

/** Works on runs: decides, appends, carries effects out. It knows nothing of shards; see `createNode`. */
export type Engine = {
  readonly charts: Charts;
  readonly startRun: (request: StartRun) => Promise<Outcome>;
  /** Loads the run if it is not at hand. Rejects with RunNotFound, JournalDamaged. */
  readonly submit: (run: string, command: Command, actor: string) => Promise<Outcome>;
  /** Makes sure that the run is at hand and that what it waits for is under way. */
  readonly adopt: (run: string) => Promise<void>;
  /** Lets go of the runs that `which` picks: their attempts are ended without recording anything. */
  readonly release: (which: (run: string) => boolean) => Promise<void>;
  /** Lets go of every run, for good. */
  readonly stop: () => Promise<void>;
};

export type StartRun = {
  readonly run: string;
  readonly chart: Chart;
  readonly input: Readonly<Record<string, Json>>;
  readonly actor: string;
};

/** The run was let go of while it was being read. The reaction: ask again, whoever owns it then. */
class Released extends Error {
  override readonly name = 'Released';
  readonly code = 'run.moved';

  constructor(run: string) {
    super(`this engine no longer works on run ${run}; ask again`);
  }
}

export function createEngine(deps: EngineDeps): Engine {
  const { journal } = deps;
  const charts = createCharts(deps.definitions);
  const mailboxes = new Map<string, Mailbox>();
  const followUp = createFollowUp(deps, (id) => mailboxes.get(id));
  const loadOnce = oncePerKey(load);
  let releases = 0;
  let stopped = false;

  function open(id: string, loaded: LoadedRun): Mailbox {
    const mailbox: Mailbox = createMailbox(loaded, {
      ...deps,
      reload: () => loadRun(journal, charts, id),
      onAppended: ({ effects, dueAt }) => {
        if (goesOn(id, mailbox)) followUp.event(mailbox, effects, dueAt);
      },
      onReloaded: () => takeUp(id, mailbox),
      onStalled: (error) => deps.onTrouble(id, error),
      onDamaged: (error) => {
        followUp.drop(id);
        deps.onTrouble(id, error);
      },
    });
    mailboxes.set(id, mailbox);

    return mailbox;
  }

  function takeUp(id: string, mailbox: Mailbox): void {
    if (goesOn(id, mailbox)) followUp.whole(mailbox);
  }

  /** Tells of the new state of a run. Answers whether this engine has anything left to do for it. */
  function goesOn(id: string, mailbox: Mailbox): boolean {
    const run = mailbox.run();
    tell(run);
    // A run that was released while its last append was under way is somebody else's by now.
    if (mailboxes.get(id) !== mailbox) return false;
    if (!isFinal(run.state.status)) return true;
    forget(id);

    return false;
  }

  /** Who listens must not come between an event and what follows from it. */
  function tell(run: Run): void {
    try {
      deps.onChange(run);
    } catch (error) {
      deps.onTrouble(run.state.run, error);
    }
  }

  function forget(id: string): void {
    followUp.drop(id);
    mailboxes.delete(id);
  }

  async function load(id: string): Promise<Mailbox> {
    const before = releases;
    const loaded = await loadRun(journal, charts, id);
    if (stopped || releases !== before) throw new Released(id);
    const mailbox = open(id, loaded);
    takeUp(id, mailbox);

    return mailbox;
  }

  async function mailboxOf(id: string): Promise<Mailbox> {
    return mailboxes.get(id) ?? loadOnce(id);
  }

  async function adopt(id: string): Promise<void> {
    const known = mailboxes.get(id);
    await (known === undefined ? loadOnce(id) : known.look());
  }

  async function startRun({ run: id, chart, input, actor }: StartRun): Promise<Outcome> {
    if (stopped) throw new Released(id);
    const mailbox = mailboxes.get(id) ?? open(id, { run: newRun(chart), position: 0, time: 0 });
    try {
      return await mailbox.submit({ kind: 'startRun', run: id, input }, actor);
    } finally {
      // Refused, or in doubt: what the journal says counts, and is read when somebody asks again.
      if (mailbox.run().sequence === 0) mailboxes.delete(id);
    }
  }

  async function release(which: (run: string) => boolean): Promise<void> {
    releases += 1;
    const released = [...mailboxes].filter(([id]) => which(id));
    for (const [id] of released) forget(id);
    await Promise.all(released.map(([, mailbox]) => mailbox.close()));
  }

  return {
    charts,
    startRun,
    submit: async (id, command, actor) => (await mailboxOf(id)).submit(command, actor),
    adopt,
    release,
    stop: () => {
      stopped = true;
      followUp.stop();
      return release(() => true);
    },
  };
}
