import type { Json } from '../../../events/canonical-json.ts';
import { localId, taskAt } from '../../chart/task-at.ts';
import { parseDefinitionName } from '../../definition.ts';
import { isPerformed } from '../../performed.ts';
import type { Command } from '../../run/decide/command.ts';
import { decide } from '../../run/decide/decide.ts';
import type { Effect } from '../../run/effects.ts';
import { unclaimed } from '../../run/record/claim-check.ts';
import { evolve } from '../../run/record/evolve.ts';
import { partedInput } from '../../run/record/parted-input.ts';
import { redactFact, secretTexts } from '../../run/record/redact.ts';
import { errorData, render, renderInput } from '../../run/render.ts';
import { childRun, type Run } from '../../run/run.ts';
import { firstTimer, timersOf } from '../../run/timers.ts';
import { withNames } from '../../task-names.ts';
import { silenceKey } from './answers.ts';
import { type Move, scenarioRun } from './scenario.ts';
import type { Happened, Scene } from './scene.ts';

/** Who carries everything out in a scenario. */
const worker = 'scenario';

/** What stands for the definitions that a run starts runs of: they are not explored with it. */
const otherDefinition = (id: string) => ({ id, version: 1, hash: '0'.repeat(64) });

/** A loop that needs nobody's answer goes round as often as it may. */
const commandsMax = 20_000;

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

/** What an engine has still to do, each list in the order in which it was asked for. */
type Agenda = {
  /** Commands and evaluations: they go to the mailbox of the run at once. */
  readonly asked: Command[];
  /** What engines ask of each other, or write to files: it takes a moment. */
  readonly slower: Effect[];
  /** Attempts that take long enough for their starts to be recorded. */
  readonly begun: Effect[];
};

/**
 * Takes commands as the mailbox of an engine does, one after another, and then all that follows without an answer from
 * the world.
 */
function settle(scene: Scene, commands: readonly Command[]): Scene {
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

/** What an engine does by itself about an effect, besides evaluating; undefined where the world is asked. */
function ownWork(run: Run, effect: Effect, time: string): Command | undefined {
  switch (effect.kind) {
    case 'evaluate':
    case 'conclude':
      return effect;
    case 'execute':
      return executed(run, effect, time);
    case 'delegate':
      return delegated(run, effect);
    case 'follow':
      return followed(run, effect);
    case 'abandon': {
      const { task, attempt, run: child } = effect.orphan;
      return { kind: 'endChild', task, attempt, run: child, status: 'TERMINATED' };
    }
    case 'startFailureWorkflow':
      return notified(run);
    case 'admit':
      return { kind: 'admitRun', key: effect.key };
  }
}

type EffectOf<Kind extends Effect['kind']> = Extract<Effect, { kind: Kind }>;

/** What is only written to a file; and an attempt whose input cannot be made, which fails before anybody sees it. */
function executed(run: Run, { task, attempt }: EffectOf<'execute'>, time: string): Command | undefined {
  const of = ofAttempt(task, attempt, time);
  if (!isPerformed(run.chart.plan.get(localId(task))?.task)) {
    return reported(run, of, unclaimed(run, taskAt(run.state, task)?.output ?? {}));
  }
  const input = renderInput(run, task);

  return input.ok ? undefined : { kind: 'failTask', ...of, error: errorData(input.error) };
}

function delegated(run: Run, { task, attempt }: EffectOf<'delegate'>): Command {
  const of = { task, attempt };
  const place = run.chart.plan.get(localId(task))?.task;
  const names = taskAt(run.state, task)?.names;
  const named = place?.type === 'SUB_WORKFLOW' ? withNames(place, names).workflow : '';
  const input = renderInput(run, task);
  if (!input.ok) return { kind: 'delegate', ...of, child: { error: errorData(input.error) } };
  const child = {
    run: childRun(run.state.run, task, attempt),
    definition: otherDefinition(parseDefinitionName(named).id),
    input: inputsOf(input.value),
  };

  return { kind: 'delegate', ...of, child };
}

function inputsOf(value: Json): Readonly<Record<string, Json>> {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);

  return isMap ? (value as Readonly<Record<string, Json>>) : { item: value };
}

/** A run that is only started is waited for no longer. */
function followed(run: Run, { task, attempt, child }: EffectOf<'follow'>): Command | undefined {
  const place = run.chart.plan.get(localId(task))?.task;
  if (place?.type !== 'SUB_WORKFLOW' || place.wait) return undefined;

  return { kind: 'endChild', task, attempt, run: child, status: 'STARTED', output: { run_id: child } };
}

function notified(run: Run): Command {
  const { failureWorkflow } = run.chart.definition;

  return {
    kind: 'noteFailureWorkflow',
    run: childRun(run.state.run, 'failure workflow', run.sequence),
    definition: otherDefinition(failureWorkflow?.id ?? ''),
  };
}

type OfAttempt = ReturnType<typeof ofAttempt>;

function ofAttempt(task: string, attempt: number, startedAt: string) {
  return { task, attempt, worker, startedAt };
}

/** What an engine makes of the result of an attempt: the output that the definition wants, or why there is none. */
function reported(run: Run, of: OfAttempt, result: Json): Command {
  const { output, outputTo } = run.chart.templates.get(localId(of.task)) ?? {};
  const given = { address: of.task, result };
  const made = output === undefined ? { ok: true as const, value: result } : render(run, output, given);
  if (!made.ok) return { kind: 'failTask', ...of, error: errorData(made.error) };
  const path = outputTo === undefined ? made : render(run, outputTo, given);
  if (!path.ok) return { kind: 'failTask', ...of, error: errorData(path.error) };

  return { kind: 'completeTask', ...of, output: made.value };
}
