import { isFinal } from '../../machines/compile/task-status.ts';
import type { Run } from '../../machines/run/run.ts';
import { leave } from './admission.ts';
import { createBreakers } from './breakers.ts';
import type { Charts } from './charts.ts';
import type { EngineDeps } from './engine-deps.ts';
import { createFollowUp } from './follow-up.ts';
import type { Holders } from './holders.ts';
import type { LoadedRun } from './load-run.ts';
import { createMailbox, type Mailbox } from './mailbox.ts';
import { createSnapshotKeeper } from './snapshot-keeper.ts';

/** The runs that an engine works on, each with its mailbox and what follows from its events. */
export type RunsAtHand = {
  readonly mailboxes: ReadonlyMap<string, Mailbox>;
  readonly open: (id: string, loaded: LoadedRun) => Mailbox;
  /** Has everything that the run waits for begin. */
  readonly takeUp: (id: string, mailbox: Mailbox) => void;
  readonly tell: (run: Run) => void;
  readonly forget: (id: string) => void;
  readonly stop: () => void;
};

export function createRunsAtHand(
  deps: EngineDeps & { readonly charts: Charts; readonly holders: Holders },
  read: (id: string) => Promise<LoadedRun>,
): RunsAtHand {
  const mailboxes = new Map<string, Mailbox>();
  const breakers = createBreakers(deps);
  const snapshotKeeper = createSnapshotKeeper(deps);
  const followUp = createFollowUp({ ...deps, breakers }, (id) => mailboxes.get(id));

  function open(id: string, loaded: LoadedRun): Mailbox {
    const keepSnapshot = snapshotKeeper.of(loaded);
    const mailbox: Mailbox = createMailbox(loaded, {
      ...deps,
      reload: () => read(id),
      onAppended: ({ run, effects, dueAt }, position) => {
        if (goesOn(id, mailbox)) followUp.event(mailbox, effects, dueAt);
        // Last, so that nothing waits for it.
        keepSnapshot(run, position);
      },
      onReloaded: () => takeUp(id, mailbox),
      onStalled: (error) => deps.onTrouble(id, error),
      onDamaged: (error) => {
        // Whoever asks for the run again has it read again: what was wrong may be mended by then.
        if (mailboxes.get(id) === mailbox) forget(id);
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
    followUp.changed(run);
    if (isFinal(run.state.status)) void leave(deps, run).catch((error: unknown) => deps.onTrouble(id, error));
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

  return {
    mailboxes,
    open,
    takeUp,
    tell,
    forget,
    stop: () => {
      followUp.stop();
      snapshotKeeper.stop();
      breakers.stop();
    },
  };
}
