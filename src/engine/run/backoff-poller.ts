import type { Command } from '../../../machines/run/decide/command.ts';
import { backoffMs } from '../../lib/retry.ts';
import { messageOf } from '../../lib/text.ts';
import type { Clock } from '../../ports/clock.ts';

/** A condition that is polled until it yields a command. */
export type PolledCommand = {
  readonly run: string;
  /** Identifies the poll: the same one for the same run is started once. */
  readonly key: string;
  /** What triggers a poll at once: the change of a run, or a station that is back. */
  readonly wakenBy?: readonly string[];
  readonly submit: (command: Command) => Promise<unknown>;
};

export type BackoffPoller = {
  readonly begin: (round: PolledCommand, look: () => Promise<Command | undefined>) => void;
  readonly end: (run: string, key: string) => void;
  readonly waken: (run: string) => void;
  readonly drop: (run: string) => void;
  readonly stop: () => void;
};

/** The first poll is immediate, the next after this delay, which then doubles up to the maximum. */
const pauses = { firstMs: 100, mostMs: 5_000 };

type Looking = { readonly round: PolledCommand; wake: () => void; over: boolean };

/**
 * Polls are cheap and safe to repeat: the result is recorded by a command, which the run refuses if it was recorded
 * already. A poll that fails is reported, and repeated.
 */
export function createBackoffPoller(deps: {
  readonly clock: Clock;
  readonly onTrouble: (run: string, error: unknown) => void;
}): BackoffPoller {
  const looking = new Map<string, Map<string, Looking>>();
  const wokenBy = new Map<string, Set<Looking>>();

  function begin(round: PolledCommand, look: () => Promise<Command | undefined>): void {
    const ofRun = looking.get(round.run) ?? new Map<string, Looking>();
    if (ofRun.has(round.key)) return;
    const entry: Looking = { round, wake: () => undefined, over: false };
    looking.set(round.run, ofRun.set(round.key, entry));
    for (const waker of round.wakenBy ?? []) {
      wokenBy.set(waker, (wokenBy.get(waker) ?? new Set()).add(entry));
    }
    void go(entry, look);
  }

  async function go(entry: Looking, look: () => Promise<Command | undefined>): Promise<void> {
    const { run, submit } = entry.round;
    let told = '';
    for (let looks = 0; !entry.over; looks += 1) {
      const woken = pause(entry, backoffMs(pauses, looks));
      const command = await look().catch((error: unknown) => {
        // A persistent error is reported once.
        if (!entry.over && messageOf(error) !== told) deps.onTrouble(run, error);
        told = messageOf(error);
        return undefined;
      });
      if (entry.over) return;
      if (command !== undefined) {
        await submit(command);
        forget(entry);
        return;
      }
      await woken;
    }
  }

  /** Begun before the poll, so that a change during it is not missed. */
  function pause(entry: Looking, pauseMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = deps.clock.after(pauseMs, resolve);
      entry.wake = () => {
        cancel();
        resolve();
      };
    });
  }

  function forget(entry: Looking): void {
    entry.over = true;
    entry.wake();
    for (const waker of entry.round.wakenBy ?? []) {
      wokenBy.get(waker)?.delete(entry);
      if (wokenBy.get(waker)?.size === 0) wokenBy.delete(waker);
    }
    const ofRun = looking.get(entry.round.run);
    if (ofRun?.get(entry.round.key) !== entry) return;
    ofRun.delete(entry.round.key);
    if (ofRun.size === 0) looking.delete(entry.round.run);
  }

  function drop(run: string): void {
    for (const entry of [...(looking.get(run)?.values() ?? [])]) forget(entry);
  }

  return {
    begin,
    end: (run, key) => {
      const entry = looking.get(run)?.get(key);
      if (entry !== undefined) forget(entry);
    },
    waken: (changed) => {
      for (const entry of [...(wokenBy.get(changed) ?? [])]) entry.wake();
    },
    drop,
    stop: () => {
      for (const run of [...looking.keys()]) drop(run);
    },
  };
}
