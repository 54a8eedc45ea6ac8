// One random run on the core: inputs within the schema, tasks that end in any order and way, time that passes whenever
// it likes. Says what must not come of a definition that is proven: see `Broken`.
import type { Json } from '../../../../events/canonical-json.ts';
import type { ErrorData } from '../../../../events/run-events.ts';
import type { Chart } from '../../../../machines/chart/chart.ts';
import { isFinal } from '../../../../machines/chart/task-status.ts';
import type { Definition, InputProperty } from '../../../../machines/definition.ts';
import { checkInput } from '../../../../machines/language/check-input.ts';
import type { Candidates } from '../../../../machines/prover/candidates/candidates-of.ts';
import { openOnes } from '../../../../machines/prover/explore/answers.ts';
import { begin } from '../../../../machines/prover/explore/explore.ts';
import type { Move } from '../../../../machines/prover/explore/scenario.ts';
import type { Scene } from '../../../../machines/prover/explore/scene.ts';
import { take } from '../../../../machines/prover/explore/take.ts';
import { firstTimer } from '../../../../machines/run/timers.ts';
import type { HumanTask } from '../../../../machines/task.ts';
import { withNames } from '../../../../machines/task-names.ts';
import type { Random } from '../../../simulation/kernel/random.ts';
import { type Sighting, sightingsIn, vainWaitsIn } from './sightings.ts';
import { isKnownName } from './world.ts';

export type Ended = {
  readonly moves: readonly Move[];
  /** How the run ended; `going on` where it had not after so many moves. */
  readonly end: string;
  /** What a proof excludes, in words. */
  readonly broken?: string;
  readonly seen: ReadonlySet<Sighting>;
  /** The planted waits that it began. */
  readonly vain: ReadonlySet<string>;
};

const movesMax = 80;
/** Moves that mean nothing, such as a signal whose match cannot be evaluated, count here only. */
const triesMax = 400;

/** Plays the definition once. */
export function randomPlay(chart: Chart, candidates: Candidates, random: Random): Ended {
  const moves: Move[] = [];
  const seen = new Set<Sighting>();
  const vain = new Set<string>();
  let scene: Scene = begin(chart, candidates);
  const input = randomInput(chart.definition, random);
  let move: Move | undefined = { type: 'start', input, pace: random.pick(['quick', 'slow']) };
  let tries = 0;
  for (; move !== undefined && moves.length < movesMax && tries < triesMax; tries += 1) {
    const next = take(scene, move);
    if (next !== undefined) {
      moves.push(move);
      scene = next;
      for (const each of sightingsIn(chart, scene)) seen.add(each);
      for (const each of vainWaitsIn(chart, scene)) vain.add(each);
      const broken = brokenBy(scene);
      if (broken !== undefined) return { moves, end: scene.run.state.status, broken, seen, vain };
    }
    move = isFinal(scene.run.state.status) ? undefined : randomMove(scene, random);
  }

  return {
    moves,
    seen,
    vain,
    ...endOf(scene, { isOut: moves.length >= movesMax, isTired: tries >= triesMax }),
  };
}

/** How a play ended that broke nothing on its way: out of moves, or tired of moves that mean nothing. */
function endOf(
  scene: Scene,
  { isOut, isTired }: { readonly isOut: boolean; readonly isTired: boolean },
): Pick<Ended, 'end' | 'broken'> {
  const { status: end } = scene.run.state;
  if (isFinal(end)) return { end };
  if (isTired && waitsInVain(scene))
    return { end, broken: 'the run waits for a signal that nothing can match' };
  if (isOut || isTired) return { end: 'going on' };

  return { end, broken: 'the run stands still: nobody owes it anything, and no time passes' };
}

/** Whether all that could go on waits for a signal, and none of the very many that came was what it waits for. */
function waitsInVain(scene: Scene): boolean {
  const owed = openOnes(scene).filter(({ isOwed }) => isOwed);

  return (
    firstTimer(scene.run) === undefined &&
    owed.length > 0 &&
    owed.every(({ task }) => task.type === 'WAIT' && task.match !== undefined)
  );
}

/** What the last move led to that must not be. */
function brokenBy({ events, run }: Scene): string | undefined {
  for (const { event } of events) {
    const { fact } = event;
    if (fact.type === 'names.evaluated' && !isKnownName(fact.data.names))
      return `a name that nobody has: ${JSON.stringify(fact.data)}`;
    if (fact.type === 'task.failed' && fact.data.error.code === 'name.invalid')
      return fact.data.error.message;
  }
  const { error, undoing } = run.state;
  if (error !== undefined && isEvaluated(error)) return `the run ended so: ${error.message}`;
  if (undoing === undefined) return undefined;
  const [undone] = events.flatMap(({ event: { fact } }) =>
    fact.type === 'task.failed' && isEvaluated(fact.data.error) ? [fact.data] : [],
  );

  return undone === undefined ? undefined : `${undone.task} could not be undone: ${undone.error.message}`;
}

/** Whether what failed is an expression, or a duration that it gave. */
function isEvaluated({ code }: ErrorData): boolean {
  return code === 'expression.failed' || code === 'duration.invalid';
}

function randomMove(scene: Scene, random: Random): Move | undefined {
  const { run } = scene;
  if (run.state.status === 'PAUSED') return { type: 'intervene', command: { kind: 'resumeRun' } };
  const pass: readonly Move[] = firstTimer(run) === undefined ? [] : [{ type: 'pass' }];
  const asked = openOnes(scene).filter(({ isOwed }) => isOwed);
  if (asked.length === 0 || (pass.length > 0 && random.chance(0.2))) return pass[0];

  return answer(scene, random.pick(asked), random);
}

type Open = ReturnType<typeof openOnes>[number];

function answer({ candidates }: Scene, open: Open, random: Random): Move {
  const { address, task, state } = open;
  const of = { task: address, attempt: state.attempt };
  const isFailure = random.chance(0.2);
  switch (task.type) {
    case 'HUMAN':
      return decision(open, task, random);
    case 'WAIT':
      return task.signal === undefined
        ? { type: 'intervene', command: { kind: 'resolveTask', task: address, output: {} } }
        : {
            type: 'signal',
            name: withNames(task, state.names).signal ?? '',
            data: signalData(candidates.signals(task.id), random),
          };
    case 'SUB_WORKFLOW':
      return isFailure
        ? { type: 'endChild', ...of, status: 'FAILED', error: randomError(random) }
        : { type: 'endChild', ...of, status: 'COMPLETED', output: outputOf(task.type, random) };
    default:
      return isFailure
        ? { type: 'fail', ...of, error: randomError(random) }
        : { type: 'complete', ...of, output: outputOf(task.type, random) };
  }
}

function decision({ address, state }: Open, task: HumanTask, random: Random): Move {
  const by = withNames(task, state.names).approvers?.names?.[0] ?? `person-${state.grants?.length ?? 0}`;
  if (random.chance(0.3)) return { type: 'reject', task: address, by };
  const data = random.chance(0.5) ? { discount: randomNumber(random) } : {};

  return { type: 'approve', task: address, by, data };
}

/** Half of what comes is what the wait may be for. */
function signalData(known: readonly Json[], random: Random): Json {
  const made = { n: randomNumber(random), ok: random.chance(0.5) };

  return known.length > 0 && random.chance(0.5) ? { ...made, ...(random.pick(known) as object) } : made;
}

function outputOf(type: string, random: Random): Json {
  if (type === 'HTTP') return { status: 200, headers: {}, body: { n: randomNumber(random) } };

  return {
    n: randomNumber(random),
    s: randomText(random),
    list: randomList(random),
    flag: random.chance(0.5),
  };
}

function randomError(random: Random): ErrorData {
  const code = random.pick(['odd', 'broken']);

  return { code, message: 'it went wrong', retryable: random.chance(0.7) };
}

/** Whatever the definition takes, with what may be left out now there and now not. */
function randomInput({ input }: Definition, random: Random): Readonly<Record<string, Json>> {
  const given = Object.entries(input).flatMap(([name, property]) =>
    property.required || random.chance(0.6) ? [[name, randomValue(property, random)] as const] : [],
  );
  const checked = checkInput({ input }, Object.fromEntries(given));
  if (!checked.ok) throw new Error(`not within the schema: ${JSON.stringify(checked.problems)}`);

  return checked.input;
}

function randomValue({ type, enum: listed, minimum, maximum }: InputProperty, random: Random): Json {
  if (listed !== undefined) return random.pick(listed);
  switch (type) {
    case 'boolean':
      return random.chance(0.5);
    case 'array':
      return randomList(random);
    case 'string':
      return randomText(random);
    default: {
      const bounded = Math.min(maximum ?? Infinity, Math.max(minimum ?? -Infinity, randomNumber(random)));
      return type === 'integer' ? Math.round(bounded) : bounded;
    }
  }
}

/** Small ones, which conditions are about, more often. */
function randomNumber(random: Random): number {
  return random.chance(0.8)
    ? random.between(-2, 5)
    : random.pick([random.between(-1_000, 1_000), 0.5, random.between(-1_000_000, 1_000_000)]);
}

function randomText(random: Random): string {
  return random.pick(['a', 'b', 'x', '', 'approved', 'NO_MATCH', 'free text']);
}

function randomList(random: Random): readonly number[] {
  return Array.from({ length: random.between(0, 3) }, () => randomNumber(random));
}
