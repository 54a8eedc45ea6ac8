import { taskAt } from '../compile/task-at.ts';
import type { Command } from '../run/command.ts';
import { partedInput } from '../run/parted-input.ts';
import { secretTexts } from '../run/redact.ts';
import type { Run } from '../run/run.ts';
import { firstTimer, timersOf } from '../run/timers.ts';
import type { Move } from './move.ts';
import { silenceKey } from './owing.ts';
import { ofAttempt, reported } from './reported.ts';
import { scenarioRun } from './scenario.ts';
import type { Scene } from './scene.ts';
import { settle } from './settle.ts';

/** A timer whose end sets off another one that is due at once, and so on: no chart does that for long. */
const ringsMax = 100;

/** The scene after a move, with all that follows by itself; undefined where the move means nothing now. */
export function take(scene: Scene, move: Move): Scene | undefined {
  switch (move.type) {
    case 'start':
      return start(scene, move);
    case 'silence':
      return silence(scene, move);
    case 'pass':
      return pass(scene);
    default: {
      const command = commandOf(scene, move);
      const next = command === undefined ? undefined : settle(scene, [command]);
      return next === undefined || next.events.length === 0 ? undefined : next;
    }
  }
}

type MoveOf<Type extends Move['type']> = Extract<Move, { type: Type }>;

function start(scene: Scene, { input, pace }: MoveOf<'start'>): Scene | undefined {
  const { definition } = scene.run.chart;
  const { open, secret } = partedInput(definition, input);
  const aside = { ...scene.run.aside, secretInput: secret, hidden: secretTexts(secret) };
  const begun = { ...scene, pace, run: { ...scene.run, aside } };
  const next = settle(begun, [{ kind: 'startRun', run: scenarioRun, input: open }]);

  return next.events.length === 0 ? undefined : next;
}

function silence(scene: Scene, { task, attempt }: MoveOf<'silence'>): Scene | undefined {
  const key = silenceKey(task, attempt);
  if (scene.silent.has(key) || taskAt(scene.run.state, task)?.attempt !== attempt) return undefined;

  return { ...scene, silent: new Set([...scene.silent, key]), events: [] };
}

/** Until the first timer is due; all that are due then go off, and those that this makes due. */
function pass(scene: Scene): Scene | undefined {
  const first = firstTimer(scene.run);
  if (first === undefined) return undefined;
  let next: Scene = { ...scene, now: later(scene.now, first.dueAt), events: [] };
  for (let rings = 0; rings < ringsMax; rings += 1) {
    const due = dueCommands(next.run, next.now);
    if (due.length === 0) break;
    const { run, events } = settle(next, due);
    if (events.length === 0) break;
    next = { ...next, run, events: [...next.events, ...events] };
  }

  return next.events.length === 0 ? undefined : next;
}

/** Times of one form are in the order of their texts. */
function later(one: string, other: string): string {
  return [one, other].sort().at(-1) ?? other;
}

function dueCommands(run: Run, now: string): readonly Command[] {
  return timersOf(run)
    .filter(({ dueAt }) => dueAt <= now)
    .map((timer) => ({ kind: 'fireTimer', timer }));
}

function commandOf(
  { run, now }: Scene,
  move: Exclude<Move, MoveOf<'start'> | MoveOf<'silence'> | MoveOf<'pass'>>,
): Command | undefined {
  switch (move.type) {
    case 'complete': {
      const of = ofAttempt(move.task, move.attempt, now);
      return reported(run, of, move.output);
    }
    case 'fail': {
      const of = ofAttempt(move.task, move.attempt, now);
      return { kind: 'failTask', ...of, error: move.error };
    }
    case 'approve':
    case 'reject': {
      const { type, ...answer } = move;
      return { kind: type, ...answer };
    }
    case 'signal':
      return { kind: 'signal', name: move.name, data: move.data };
    case 'endChild': {
      const { type, ...ended } = move;
      const child = taskAt(run.state, move.task)?.child;
      return child === undefined ? undefined : { kind: type, run: child.run, ...ended };
    }
    case 'intervene':
      return move.command;
  }
}
