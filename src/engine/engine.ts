import type { Json } from '../../events/canonical-json.ts';
import type { Chart } from '../../machines/compile/chart.ts';
import { isFinal } from '../../machines/compile/run-state.ts';
import type { Command } from '../../machines/run/command.ts';
import { type Effect, pendingEffects } from '../../machines/run/effects.ts';
import { newRun, type Run } from '../../machines/run/run.ts';
import type { Sealed } from '../../machines/run/seal.ts';
import { nextTimer, timersOf } from '../../machines/run/timers.ts';
import type { Clock } from '../ports/clock.ts';
import type { DefinitionStore } from '../ports/definition-store.ts';
import type { Performers } from '../ports/handler.ts';
import type { Journal } from '../ports/journal.ts';
import type { OutputFiles } from '../ports/output-files.ts';
import { createAttempts } from './attempts.ts';
import { type Charts, createCharts } from './charts.ts';
import { createDueTimers, dueCommands } from './due-timers.ts';
import { type LoadedRun, loadRun } from './load-run.ts';
import { createMailbox, type Mailbox, type Outcome } from './mailbox.ts';

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
};

export type StartRun = {
  readonly run: string;
  readonly chart: Chart;
  readonly input: Readonly<Record<string, Json>>;
  readonly actor: string;
};

export type EngineDeps = {
  readonly journal: Journal;
  readonly definitions: DefinitionStore;
  readonly clock: Clock;
  readonly performers: Performers;
  readonly outputs: OutputFiles;
  readonly projectDir: string;
  /** Attempts carried out at the same time. */
  readonly concurrencyMax: number;
  /** See AttemptsDeps. */
  readonly startNoticeMs: number;
  /** Called after every event of a run in this process. */
  readonly onChange: (run: Run) => void;
  /** Called when something goes wrong that no command can be answered with. */
  readonly onTrouble: (run: string, error: unknown) => void;
};

export function createEngine(deps: EngineDeps): Engine {
  const { journal, clock } = deps;
  const charts = createCharts(deps.definitions);
  const attempts = createAttempts(deps);
  const timers = createDueTimers(clock);
  const mailboxes = new Map<string, Mailbox>();
  const loading = new Map<string, Promise<Mailbox>>();

  function open(id: string, loaded: LoadedRun): Mailbox {
    const mailbox: Mailbox = createMailbox(loaded, {
      journal,
      clock,
      reload: () => loadRun(journal, charts, id),
      onAppended: (sealed) => appended(id, mailbox, sealed),
      onReloaded: () => pursue(id, mailbox),
      onStalled: (error) => deps.onTrouble(id, error),
    });
    mailboxes.set(id, mailbox);

    return mailbox;
  }

  function appended(id: string, mailbox: Mailbox, sealed: Sealed): void {
    attempts.settle(sealed.run, sealed.transitions);
    deps.onChange(sealed.run);
    if (isFinal(sealed.run.state.status)) {
      forget(id);
      return;
    }
    for (const effect of sealed.effects) carry(id, mailbox, sealed.run, effect);
    watchTimers(id, mailbox, sealed.dueAt);
  }

  /** Takes up everything the run waits for from this process: after a load, and after another writer moved it on. */
  function pursue(id: string, mailbox: Mailbox): void {
    const run = mailbox.run();
    deps.onChange(run);
    if (isFinal(run.state.status)) {
      forget(id);
      return;
    }
    for (const effect of pendingEffects(run)) carry(id, mailbox, run, effect);
    watchTimers(id, mailbox, nextTimer(timersOf(run))?.dueAt);
  }

  function carry(id: string, mailbox: Mailbox, run: Run, effect: Effect): void {
    if (effect.kind !== 'execute') {
      inside(id, mailbox, effect);
      return;
    }
    const task = run.chart.plan.get(effect.task)?.task;
    if (task?.type !== 'SIMPLE') return;
    attempts.begin(run, task, effect.attempt, (command) => inside(id, mailbox, command));
  }

  /** A command of the engine itself. Its refusal means that it was overtaken. */
  function inside(id: string, mailbox: Mailbox, command: Command): void {
    mailbox.submit(command, actorOf(command)).catch((error: unknown) => deps.onTrouble(id, error));
  }

  function watchTimers(id: string, mailbox: Mailbox, dueAt: string | undefined): void {
    timers.watch(id, dueAt, () => {
      for (const command of dueCommands(mailbox.run(), clock.now())) inside(id, mailbox, command);
    });
  }

  function forget(id: string): void {
    timers.forget(id);
    attempts.drop(id);
    mailboxes.delete(id);
  }

  async function load(id: string): Promise<Mailbox> {
    const loaded = await loadRun(journal, charts, id);
    const mailbox = open(id, loaded);
    pursue(id, mailbox);

    return mailbox;
  }

  function mailboxOf(id: string): Promise<Mailbox> {
    const known = mailboxes.get(id);
    if (known !== undefined) return Promise.resolve(known);
    const pending = loading.get(id) ?? load(id).finally(() => loading.delete(id));
    loading.set(id, pending);

    return pending;
  }

  async function startRun({ run: id, chart, input, actor }: StartRun): Promise<Outcome> {
    const mailbox = mailboxes.get(id) ?? open(id, { run: newRun(chart), position: 0, time: 0 });
    const outcome = await mailbox.submit({ kind: 'startRun', run: id, input }, actor);
    if (!outcome.ok && mailbox.run().sequence === 0) mailboxes.delete(id);

    return outcome;
  }

  async function release(which: (run: string) => boolean): Promise<void> {
    const released = [...mailboxes].filter(([id]) => which(id));
    for (const [id] of released) forget(id);
    await Promise.all(released.map(([, mailbox]) => mailbox.close()));
  }

  return {
    charts,
    startRun,
    submit: async (id, command, actor) => (await mailboxOf(id)).submit(command, actor),
    adopt: async (id) => void (await mailboxOf(id)),
    release,
  };
}

function actorOf(command: Command): string {
  return 'worker' in command ? `worker:${command.worker}` : 'engine';
}
