import { taskAt } from '../../../machines/compile/task-at.ts';
import type { Move } from '../../../machines/explore/move.ts';
import { scenarioRun } from '../../../machines/explore/scenario.ts';
import type { Command } from '../../../machines/run/command.ts';
import { partedInput } from '../../../machines/run/parted-input.ts';
import { firstTimer } from '../../../machines/run/timers.ts';
import { messageOf } from '../../ports/message-of.ts';
import type { Outcome } from '../mailbox.ts';
import type { Stage } from './stage.ts';

const actor = 'scenario';

/** Makes a move and lets all that follows from it happen. Resolves with why it could not be made, in words. */
export async function makeMove(stage: Stage, move: Move): Promise<string | undefined> {
  let answer: Outcome | string | undefined;
  void begin(stage, move).then(
    (outcome) => {
      answer = outcome;
    },
    (error: unknown) => {
      answer = messageOf(error);
    },
  );
  await stage.turns.rest();
  if (move.type === 'pass') await passOn(stage);
  if (typeof answer === 'object') return answer.ok ? undefined : `it is refused: ${answer.refusal.message}`;

  return answer;
}

/** An outcome, or in words why there is none; undefined for what nobody is asked about. */
async function begin(stage: Stage, move: Move): Promise<Outcome | string | undefined> {
  const { engine, script } = stage;
  switch (move.type) {
    case 'start':
      return start(stage, move);
    case 'complete':
      return script.complete(move, move.output) ? undefined : notBegun(move);
    case 'fail':
      return script.fail(move, move.error) ? undefined : notBegun(move);
    case 'silence':
      return undefined;
    case 'pass':
      return pass(stage);
    case 'approve':
    case 'reject': {
      const { type: kind, ...answer } = move;
      return engine.submit(scenarioRun, { kind, ...answer }, { actor: move.by });
    }
    case 'signal':
      return submit(stage, { kind: 'signal', name: move.name, data: move.data });
    case 'endChild':
      return endChild(stage, move);
    case 'intervene':
      return submit(stage, move.command);
  }
}

type MoveOf<Type extends Move['type']> = Extract<Move, { type: Type }>;

function submit({ engine }: Stage, command: Command): Promise<Outcome> {
  return engine.submit(scenarioRun, command, { actor });
}

/** Secrets go another way than the rest, as they do when anybody starts a run. */
async function start({ chart, engine, world }: Stage, { input }: MoveOf<'start'>): Promise<Outcome> {
  const { open, secret } = partedInput(chart.definition, input);
  if (Object.keys(secret).length > 0) await world.runSecrets.keep(scenarioRun, secret);

  return engine.startRun({ run: scenarioRun, chart, input: open, actor });
}

async function pass({ latest, world }: Stage): Promise<string | undefined> {
  const run = latest();
  const first = run && firstTimer(run);
  if (first === undefined) return 'no timer runs';
  world.clock.jumpTo(Date.parse(first.dueAt));

  return undefined;
}

/** A timer may set off others that are due at once. */
async function passOn({ records, turns, world }: Stage): Promise<void> {
  for (let before = -1; before !== records.length; ) {
    before = records.length;
    world.clock.jumpTo(world.clock.now());
    await turns.rest();
  }
}

async function endChild(stage: Stage, { type: kind, ...ended }: MoveOf<'endChild'>) {
  const run = stage.latest();
  const child = run && taskAt(run.state, ended.task)?.child;
  if (child === undefined) return `${ended.task} has no run of its own`;

  return stage.engine.submit(scenarioRun, { kind, run: child.run, ...ended }, { actor: 'engine' });
}

function notBegun({ task, attempt }: { readonly task: string; readonly attempt: number }): string {
  return `nobody carries attempt ${attempt} of ${task} out`;
}
