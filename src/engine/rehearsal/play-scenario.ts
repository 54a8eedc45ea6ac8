import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { JournalRecord, Transition } from '../../../events/record.ts';
import { type Chart, compileChart } from '../../../machines/chart/chart.ts';
import { taskAt } from '../../../machines/chart/task-at.ts';
import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import {
  type ExpectedRecord,
  type Move,
  type Scenario,
  scenarioRun,
} from '../../../machines/prover/explore/scenario.ts';
import { expectedRecord } from '../../../machines/prover/explore/scenario-of.ts';
import type { Command } from '../../../machines/run/decide/command.ts';
import { partedInput } from '../../../machines/run/record/parted-input.ts';
import type { Run } from '../../../machines/run/run.ts';
import { firstTimer } from '../../../machines/run/timers.ts';
import { messageOf } from '../../lib/text.ts';
import type { Rehearsals, Rehearsed } from '../../ports/runs/rehearsals.ts';
import type { Outcome } from '../run/mailbox.ts';
import { createRunReader } from '../run-reader/run-reader.ts';
import { createStage, type RehearsalStage, type World } from './test-world.ts';

const actor = 'scenario';

/** Plays each scenario in a world of its own, so that nothing of one is left for the next. */
export function createWorldRehearsals(newWorld: () => World): Rehearsals {
  const charts = new WeakMap<LoadedDefinition, Chart>();

  function chartOf(loaded: LoadedDefinition): Chart {
    const chart = charts.get(loaded) ?? chartAlone(loaded);
    charts.set(loaded, chart);

    return chart;
  }

  return {
    play: async (loaded, scenario) => {
      const [first] = scenario.parts;
      if (first?.move.type !== 'start') return fault(0, 'the first move of a scenario starts the run');
      const stage = createStage(newWorld(), chartOf(loaded), first.move.pace);
      try {
        return await play(stage, scenario);
      } finally {
        await stage.engine.stop();
      }
    },
  };
}

/**
 * A failure workflow is another run, whether its definition is written out in this one or not. Nothing is sealed: what
 * came of a rehearsal is to be read, and is not kept.
 */
function chartAlone({ definition, ref }: LoadedDefinition): Chart {
  const { failureWorkflow: failure, ...rest } = definition;
  const alone =
    failure === undefined ? rest : { ...rest, failureWorkflow: { kind: 'named' as const, id: failure.id } };
  const { sealed: _sealed, erasureKey: _whose, ...chart } = compileChart(alone, ref);

  return chart;
}

async function play(stage: RehearsalStage, scenario: Scenario): Promise<Rehearsed> {
  const { records, troubles } = stage;
  for (const [part, { move, records: expected }] of scenario.parts.entries()) {
    const before = records.length;
    const refused = await makeMove(stage, move).catch(messageOf);
    const difference = differenceIn(expected, records.slice(before));
    if (difference !== undefined) return differs(part, difference, refused);
    if (refused !== undefined) return fault(part, refused);
    if (troubles.length > 0) return fault(part, messageOf(troubles[0]));
  }
  const last = scenario.parts.length - 1;
  const message = differenceAtEnd(scenario, stage.latest()) ?? (await replayed(stage));

  return message === undefined ? { ok: true, records: records.length } : fault(last, message);
}

/** Why folding the journal again does not give the same, byte for byte. */
async function replayed({ world, charts }: RehearsalStage): Promise<string | undefined> {
  const reader = createRunReader({ journal: world.journal, charts });

  return reader.fold(scenarioRun, { verified: true, once: true }).then(() => undefined, messageOf);
}

function differs(part: number, { message, ...records }: Difference, refused: string | undefined): Rehearsed {
  return {
    ok: false,
    part,
    ...records,
    message: refused === undefined ? message : `${message} (${refused})`,
  };
}

function fault(part: number, message: string): Rehearsed {
  return { ok: false, part, expected: undefined, found: undefined, message };
}

/** The first record that is not as expected, and what is there instead, in words. */
type Difference = {
  readonly expected: ExpectedRecord | undefined;
  readonly found: ExpectedRecord | undefined;
  readonly message: string;
};

/** Compares the records that a move led to, one by one, with those that it should have led to. */
function differenceIn(
  expected: readonly ExpectedRecord[],
  recorded: readonly JournalRecord[],
): Difference | undefined {
  for (let index = 0; index < Math.max(expected.length, recorded.length); index += 1) {
    const wanted = expected[index];
    const record = recorded[index];
    const found = record && expectedRecord({ ...record.data, type: record.type, data: record.data.fact });
    const message = inWords(wanted, found);
    if (message !== undefined) return { expected: wanted, found, message };
  }

  return undefined;
}

/** What the run has come to, against what it should have come to; undefined where both are the same. */
function differenceAtEnd({ end }: Scenario, run: Run | undefined): string | undefined {
  if (run === undefined) return 'the run was never started';
  const { status, output, error, tasks } = run.state;
  const states = Object.fromEntries(Object.entries(tasks).map(([id, { state }]) => [id, state]));
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['status', end.status, status],
    ['output', end.output, output],
    ['error', end.error, error],
    ...Object.keys({ ...end.tasks, ...states }).map(
      (id) => [`state of ${id}`, end.tasks[id], states[id]] as const,
    ),
  ];
  const differing = pairs.filter(([, wanted, found]) => text(wanted) !== text(found));
  if (differing.length === 0) return undefined;

  return differing
    .map(([what, wanted, found]) => `the ${what} should be ${text(wanted)} at the end; it is ${text(found)}`)
    .join('; ');
}

function inWords(
  expected: ExpectedRecord | undefined,
  found: ExpectedRecord | undefined,
): string | undefined {
  if (expected === undefined)
    return found && `nothing more should be recorded; there is ${nameOf(found)} ${text(found.fact)}`;
  if (found === undefined) return `${nameOf(expected)} should be recorded; there is nothing more`;
  if (nameOf(expected) !== nameOf(found))
    return `${nameOf(expected)} should be recorded; there is ${nameOf(found)} ${text(found.fact)}`;
  if (text(expected.fact) !== text(found.fact))
    return `${nameOf(found)} should say ${text(expected.fact)}; it says ${text(found.fact)}`;
  const [wanted, made] = [arrows(expected.transitions), arrows(found.transitions)];

  return wanted === made ? undefined : `${nameOf(found)} should lead to ${wanted}; it leads to ${made}`;
}

function nameOf({ type, fact }: ExpectedRecord): string {
  const { task } = fact as { readonly task?: unknown };

  return typeof task === 'string' ? `${type} of ${task}` : type;
}

function arrows(transitions: readonly Transition[]): string {
  const each = transitions.map(({ task, from, to }) => `${task ?? 'run'}: ${from} -> ${to}`);

  return each.length === 0 ? 'nothing' : each.join(', ');
}

function text(value: unknown): string {
  return value === undefined ? 'none' : canonicalJson(value as Json);
}

/** Makes a move and lets all that follows from it happen. Resolves with why it could not be made, in words. */
async function makeMove(stage: RehearsalStage, move: Move): Promise<string | undefined> {
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
async function begin(stage: RehearsalStage, move: Move): Promise<Outcome | string | undefined> {
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

function submit({ engine }: RehearsalStage, command: Command): Promise<Outcome> {
  return engine.submit(scenarioRun, command, { actor });
}

/** Secrets go another way than the rest, as they do when anybody starts a run. */
async function start({ chart, engine, world }: RehearsalStage, { input }: MoveOf<'start'>): Promise<Outcome> {
  const { open, secret } = partedInput(chart.definition, input);
  if (Object.keys(secret).length > 0) await world.runSecrets.keep(scenarioRun, secret);

  return engine.startRun({ run: scenarioRun, chart, input: open, actor });
}

async function pass({ latest, world }: RehearsalStage): Promise<string | undefined> {
  const run = latest();
  const first = run && firstTimer(run);
  if (first === undefined) return 'no timer runs';
  world.clock.jumpTo(Date.parse(first.dueAt));

  return undefined;
}

/** A timer may set off others that are due at once. */
async function passOn({ records, turns, world }: RehearsalStage): Promise<void> {
  for (let before = -1; before !== records.length; ) {
    before = records.length;
    world.clock.jumpTo(world.clock.now());
    await turns.rest();
  }
}

async function endChild(stage: RehearsalStage, { type: kind, ...ended }: MoveOf<'endChild'>) {
  const run = stage.latest();
  const child = run && taskAt(run.state, ended.task)?.child;
  if (child === undefined) return `${ended.task} has no run of its own`;

  return stage.engine.submit(scenarioRun, { kind, run: child.run, ...ended }, { actor: 'engine' });
}

function notBegun({ task, attempt }: { readonly task: string; readonly attempt: number }): string {
  return `nobody carries attempt ${attempt} of ${task} out`;
}
