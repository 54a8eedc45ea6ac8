// Plays a schedule on a run as the engine would: effects are carried out, commands decided, facts sealed. Afterwards
// whatever the run still waits for is given to it, until it is over or waits for nothing.
import type { Json } from '../../events/canonical-json.ts';
import type { Chart } from '../../machines/chart/chart.ts';
import { isFinal } from '../../machines/chart/task-status.ts';
import type { Command } from '../../machines/run/decide/command.ts';
import { decide } from '../../machines/run/decide/decide.ts';
import { type Effect, pendingEffects } from '../../machines/run/effects.ts';
import { type Sealed, seal } from '../../machines/run/record/create-record.ts';
import { newRun, type Run } from '../../machines/run/run.ts';
import { commandFor, commandOnward, type Situation } from './possible-commands.ts';
import type { Schedule } from './random-schedule.ts';

/** One command that was accepted, with the run before it. */
export type Move = {
  readonly before: Run;
  readonly command: Command;
  readonly sealed: Sealed;
  /** What the run waited for from the shell before, and waits for now. */
  readonly pendingBefore: readonly Effect[];
  readonly pending: readonly Effect[];
};

export type Played = {
  readonly run: Run;
  readonly moves: readonly Move[];
  readonly sent: readonly Command[];
};

/** A run that neither ends nor waits for anything, or that goes on and on. */
class NeverEnds extends Error {
  override readonly name = 'NeverEnds';
}

/** Loops within loops may go on for long: after so many events the run is cancelled, and so many more end it. */
const eventsMax = 250;

/** Plays the schedule and then the rest; `watch` sees every event. Throws NeverEnds. */
export function playSchedule(chart: Chart, schedule: Schedule, watch: (move: Move) => void): Played {
  let run = newRun(chart);
  let nowMs = Date.parse('2026-01-01T00:00:00.000Z');
  const moves: Move[] = [];
  const sent: Command[] = [];
  const situation = (): Situation => ({ run, sent, startedAt: new Date(nowMs).toISOString() });

  send({ kind: 'startRun', run: 'test-run', input: {} });
  for (const move of schedule) {
    nowMs += 250;
    const command = commandFor(situation(), move);
    if (command !== undefined) send(command);
  }
  for (let onward = next(); onward !== undefined; onward = next()) {
    if (!send(onward))
      throw new NeverEnds(`${JSON.stringify(onward)} was asked for and refused; ${about(run)}`);
    if (moves.length > 2 * eventsMax)
      throw new NeverEnds(`still going on after ${moves.length} events; ${about(run)}`);
  }
  if (!isFinal(run.state.status)) throw new NeverEnds(`the run is stuck: ${about(run)}`);

  return { run, moves, sent };

  function next(): Command | undefined {
    if (isFinal(run.state.status)) return undefined;

    return moves.length === eventsMax && isUnderWay(run)
      ? { kind: 'cancelRun', reason: 'long enough' }
      : commandOnward(situation());
  }

  function send(command: Command): boolean {
    if (command.kind === 'fireTimer') nowMs = Math.max(nowMs, Date.parse(command.timer.dueAt));
    sent.push(command);
    const sealed = explained(run, command, nowMs);
    if (sealed === undefined) return false;
    const pendingBefore = moves.at(-1)?.pending ?? [];
    const move = { before: run, command, sealed, pendingBefore, pending: pendingEffects(sealed.run) };
    run = sealed.run;
    moves.push(move);
    watch(move);

    return true;
  }
}

function explained(before: Run, command: Command, nowMs: number): Sealed | undefined {
  try {
    const decision = decide(before, command);
    if (!decision.ok) return undefined;
    const event = { fact: decision.fact, time: new Date(nowMs).toISOString(), actor: 'test' };
    return seal(before, event);
  } catch (error) {
    throw new Error(`${String(error)}, at ${JSON.stringify(command)}; ${about(before)}`, { cause: error });
  }
}

function isUnderWay({ state }: Run): boolean {
  return state.phase === 'running' || state.phase === 'paused';
}

function about({ state }: Run): string {
  const tasks: Record<string, Json> = {};
  for (const [id, { state: at, attempt }] of Object.entries(state.tasks)) tasks[id] = `${at}#${attempt}`;

  return `${state.phase} ${JSON.stringify(tasks)}`;
}
