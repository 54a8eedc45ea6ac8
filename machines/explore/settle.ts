import { localId } from '../compile/address.ts';
import { taskAt } from '../compile/task-at.ts';
import { isPerformed } from '../performed.ts';
import type { Command } from '../run/command.ts';
import { decide } from '../run/decide.ts';
import type { Effect } from '../run/effects.ts';
import { evolve } from '../run/evolve.ts';
import { redactFact } from '../run/redact.ts';
import type { Run } from '../run/run.ts';
import { ownWork } from './own-work.ts';
import type { Happened, Scene } from './scene.ts';

/** What an engine has still to do, each list in the order in which it was asked for. */
type Agenda = {
  /** Commands and evaluations: they go to the mailbox of the run at once. */
  readonly asked: Command[];
  /** What engines ask of each other, or write to files: it takes a moment. */
  readonly slower: Effect[];
  /** Attempts that take long enough for their starts to be recorded. */
  readonly begun: Effect[];
};

/** A loop that needs nobody's answer goes round as often as it may. */
const commandsMax = 20_000;

/**
 * Takes commands as the mailbox of an engine does, one after another, and then all that follows without an answer from
 * the world.
 */
export function settle(scene: Scene, commands: readonly Command[]): Scene {
  const { now: time } = scene;
  const agenda: Agenda = { asked: [...commands], slower: [], begun: [] };
  const events: Happened[] = [];
  let { run } = scene;
  for (let count = 0; count < commandsMax && !isDone(agenda); count += 1) {
    const command = nextOf(agenda, run, time);
    const decision = command === undefined ? undefined : decide(run, command);
    // A refusal means that it was overtaken.
    if (decision?.ok !== true) continue;
    const event = { fact: redactFact(decision.fact, run.aside.hidden), time, actor: 'scenario' };
    const evolved = evolve(run, event);
    run = { ...evolved.run, sequence: run.sequence + 1 };
    events.push({ event, transitions: evolved.transitions });
    for (const effect of evolved.effects) put(agenda, effect, scene);
  }

  return { ...scene, run, events };
}

function isDone({ asked, slower, begun }: Agenda): boolean {
  return asked.length === 0 && slower.length === 0 && begun.length === 0;
}

function put({ asked, slower, begun }: Agenda, effect: Effect, { pace }: Scene): void {
  if (effect.kind === 'evaluate' || effect.kind === 'conclude') asked.push(effect);
  else slower.push(effect);
  if (effect.kind === 'execute' && pace === 'slow') begun.push(effect);
}

function nextOf({ asked, slower, begun }: Agenda, run: Run, time: string): Command | undefined {
  const command = asked.shift();
  if (command !== undefined) return command;
  const effect = slower.shift();
  if (effect !== undefined) return isStale(run, effect) ? undefined : ownWork(run, effect, time);
  const start = begun.shift();

  return start === undefined ? undefined : startOf(run, start);
}

/** An attempt that was overtaken is not carried out. */
function isStale(run: Run, effect: Effect): boolean {
  return effect.kind === 'execute' && taskAt(run.state, effect.task)?.attempt !== effect.attempt;
}

function startOf(run: Run, effect: Effect): Command | undefined {
  if (effect.kind !== 'execute' || !isPerformed(run.chart.plan.get(localId(effect.task))?.task))
    return undefined;

  return { kind: 'startTask', task: effect.task, attempt: effect.attempt, worker: 'scenario' };
}
