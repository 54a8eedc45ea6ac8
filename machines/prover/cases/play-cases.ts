import { compileChart } from '../../chart/chart.ts';
import { localId, openTasks } from '../../chart/task-at.ts';
import { isFinal, isSettled } from '../../chart/task-status.ts';
import { checkInput } from '../../language/check-input.ts';
import type { LoadedDefinition } from '../../language/load-definition.ts';
import { decide } from '../../run/decide/decide.ts';
import { firstTimer } from '../../run/timers.ts';
import { withNames } from '../../task-names.ts';
import { candidatesOf } from '../candidates/candidates-of.ts';
import { answersTo, nextPerson, type Open, openOnes, silenceKey } from '../explore/answers.ts';
import { begin } from '../explore/explore.ts';
import { movesOf } from '../explore/moves.ts';
import type { Move, Scenario } from '../explore/scenario.ts';
import { scenarioOf } from '../explore/scenario-of.ts';
import type { Scene } from '../explore/scene.ts';
import { take } from '../explore/take.ts';
import type { Answer, CaseResult, ChildEnd, Expectation, Outcome, TestCase } from './test-case.ts';
import { unmet } from './unmet.ts';

/** More than any case needs whose definition has no loop without end. */
const movesMax = 1_000;

/** Plays a scenario on a real engine and says in words where it went another way. */
export type Player = {
  readonly play: (
    definition: LoadedDefinition,
    scenario: Scenario,
  ) => Promise<
    { readonly ok: true } | { readonly ok: false; readonly part: number; readonly message: string }
  >;
};

/** Plays cases one after another on a real engine, and holds what came of them against what they expect. */
export async function playCases(
  definition: LoadedDefinition,
  cases: readonly TestCase[],
  player: Player,
): Promise<readonly CaseResult[]> {
  const chart = compileChart(definition.definition, definition.ref);
  const first = begin(chart, candidatesOf(definition.definition, chart));
  const results: CaseResult[] = [];
  for (const each of cases) {
    const problems = await problemsOf(each, { definition, first, player });
    results.push({ name: each.name, line: each.line, ok: problems.length === 0, problems });
  }

  return results;
}

type Stage = { readonly definition: LoadedDefinition; readonly first: Scene; readonly player: Player };

async function problemsOf(given: TestCase, { definition, first, player }: Stage): Promise<readonly string[]> {
  const checked = checkInput(definition.definition, given.input);
  if (!checked.ok) return checked.problems.map(({ message }) => `input.${message}`);
  // An attempt that is never answered times out only if its start was recorded.
  const start = { type: 'start', input: checked.input, pace: 'slow' } as const;
  const { moves, last, used, problem } = caseMoves(first, given, start);
  if (problem !== undefined) return [problem];
  const scenario = scenarioOf(given.name, first, moves);
  const rehearsed = await player.play(definition, scenario);
  const differs = rehearsed.ok
    ? []
    : [`on the engine, after ${rehearsed.part + 1} moves: ${rehearsed.message}`];

  const { expect } = given;

  return [...differs, ...unused(given, used), ...unended(expect, last), ...unmet(expect, scenario, last.run)];
}

/** Whoever expects nothing of the status expects that the run comes to its end. */
function unended({ status }: Expectation, { run }: Scene): readonly string[] {
  if (status !== undefined || isFinal(run.state.status)) return [];
  const waiting = [...openTasks(run.state.tasks)].filter(([, task]) => !isSettled(task)).map(([id]) => id);

  return [`the run is not over: it is ${run.state.status}, and nothing brings ${waiting.join(', ')} on`];
}

/** What a case says of tasks and attempts that were never asked about would be taken for tested. */
function unused(given: TestCase, used: ReadonlyMap<string, number>): readonly string[] {
  return (['results', 'answers', 'signals', 'children'] as const).flatMap((key) =>
    Object.entries(given[key]).flatMap(([name, says]): readonly string[] => {
      const place = `${key}.${name}`;
      const last = used.get(place);
      if (last === undefined) return [`${place} never came into play: nothing asked for it`];
      const list: readonly { readonly kind: string }[] = Array.isArray(says) ? says : [says];
      if (last + 1 >= list.length) return [];
      return [`${place}: ${last + 1} of ${list.length} came into play${whyNoMore(list[last])}`];
    }),
  );
}

/** Most who write down what comes after a failure mean one that is tried again. */
function whyNoMore(last: { readonly kind: string } | undefined): string {
  const isFinal = last?.kind === 'fail' && !(last as Extract<Outcome, { kind: 'fail' }>).error.retryable;

  return isFinal ? '; a failure without retryable: true is the last attempt' : ', nothing asked for the rest';
}

/** The moves that a case comes to, and the scene that they end in. `problem` says why they end early. */
type CaseMoves = {
  readonly moves: readonly Move[];
  readonly last: Scene;
  /** What of the case came into play: `results.build`, and up to which place where that is a list, from 0. */
  readonly used: ReadonlyMap<string, number>;
  readonly problem?: string;
};

/** Plays a case from its start on: where it says nothing, the plainest thing happens. */
function caseMoves(first: Scene, given: TestCase, start: Move): CaseMoves {
  const used = new Map<string, number>();
  const sent = new Set<string>();
  const moves: Move[] = [start];
  const begun = take(first, start);
  if (begun === undefined) return { moves: [], last: first, used, problem: 'the run cannot be started' };
  let last = begun;
  while (moves.length <= movesMax) {
    const [wanted, ...others] = nextMoves(last, given, sent);
    if (wanted === undefined) return { moves, last, used };
    const taken = firstTaken(last, [wanted, ...others]);
    const { place, index = 0 } = wanted;
    if (place !== undefined) used.set(place, Math.max(index, used.get(place) ?? 0));
    if (wanted.move.type === 'signal' && wanted.waiting !== undefined) sent.add(wanted.waiting);
    if (taken === undefined) return { moves, last, used, problem: refused(last, wanted) };
    moves.push(taken.move);
    last = taken.scene;
  }

  return { moves, last, used, problem: `the run is not over after ${movesMax} moves` };
}

/** A move, where the case says so, and the attempt that waits for it. */
type Wanted = Partial<SaidMove> & { readonly move: Move; readonly waiting?: string };

/** What the case says, or else all that may happen. None when nothing more will. */
function nextMoves(scene: Scene, given: TestCase, sent: ReadonlySet<string>): readonly Wanted[] {
  // By itself a run that was paused is paused for ever; only whoever expects that leaves it so.
  if (given.expect.status === 'PAUSED' && scene.run.state.status === 'PAUSED') return [];
  const moves = movesOf(scene).map((move) => ({ move }));
  const [first] = moves;
  if (first === undefined || first.move.type === 'intervene') return moves;
  // Of those that race one may be silent: what the case says of the others comes before its time is up.
  const isTime = first.move.type === 'pass';
  if (isTime && (moves.length === 1 || scene.silent.size === 0)) return moves;
  // What is silent and has no timer is left to be so: others may go on.
  const { silent, run } = scene;
  const open = openOnes(scene).find(
    ({ isOwed, address, state }) => isOwed && !silent.has(silenceKey(address, state.attempt)),
  );
  if (open === undefined) return firstTimer(run) === undefined ? [] : [{ move: { type: 'pass' } }];
  const said = saidMove(scene, open, { given, sent });
  const waiting = silenceKey(open.address, open.state.attempt);

  if (said !== undefined) return [{ ...said, waiting }];

  return isTime ? moves : answersTo(scene, open).map((move) => ({ move }));
}

function firstTaken(scene: Scene, wanted: readonly Wanted[]) {
  for (const { move } of wanted) {
    const next = take(scene, move);
    if (next !== undefined) return { move, scene: next };
  }

  return undefined;
}

function refused({ run }: Scene, { move, place = 'the run' }: Wanted): string {
  const command = move.type === 'intervene' ? move.command : answerIn(move);
  if (command === undefined) return `${place}: the run does not take it`;
  const decision = decide(run, command);

  return `${place}: ${decision.ok ? 'the run does not take it' : decision.refusal.message}`;
}

function answerIn(move: Move) {
  return move.type === 'approve' || move.type === 'reject' ? { ...move, kind: move.type } : undefined;
}

/** What a case says about a task that waits for the world: one move, and where it says so, in a list as the n-th. */
type SaidMove = { readonly move: Move; readonly place: string; readonly index: number };

/** Undefined where it says nothing. `sent`: the attempts that a signal has been sent for, which waited for another. */
function saidMove(
  scene: Scene,
  open: Open,
  { given, sent }: { readonly given: TestCase; readonly sent: ReadonlySet<string> },
): SaidMove | undefined {
  const { address, task, state } = open;
  const { attempt } = state;
  const of = { task: address, attempt };
  switch (task.type) {
    case 'HUMAN': {
      const found = sayingOf(
        given.answers,
        address,
        (state.grants?.length ?? 0) + (state.changes?.length ?? 0),
      );
      return found && { ...at('answers', found), move: answered(found.says, scene, open) };
    }
    case 'SUB_WORKFLOW': {
      const found = sayingOf(given.children, address, attempt - 1);
      return found && { ...at('children', found), move: ended(found.says, of) };
    }
    case 'WAIT': {
      const { signal = '' } = withNames(task, state.names);
      const says = Object.hasOwn(given.signals, signal) ? given.signals[signal] : undefined;
      if (says === undefined) return undefined;
      const comes = says.kind === 'give' && !sent.has(silenceKey(address, attempt));
      const move: Move = comes
        ? { type: 'signal', name: signal, data: says.value }
        : { type: 'silence', ...of };
      return { place: `signals.${signal}`, index: 0, move };
    }
    default: {
      const found = sayingOf(given.results, address, attempt - 1);
      return found && { ...at('results', found), move: resulting(found.says, of) };
    }
  }
}

function at(where: string, { key, index }: { readonly key: string; readonly index: number }) {
  return { place: `${where}.${key}`, index };
}

/** By its address, or else by its id; the last one that is said counts for all further times. */
function sayingOf<Says>(
  sayings: Readonly<Record<string, readonly Says[]>>,
  address: string,
  times: number,
): { readonly key: string; readonly index: number; readonly says: Says } | undefined {
  const key = [address, localId(address)].find((each) => Object.hasOwn(sayings, each));
  const list = key === undefined ? [] : (sayings[key] ?? []);
  const index = Math.min(times, list.length - 1);
  const says = list[index];

  return key === undefined || says === undefined ? undefined : { key, index, says };
}

type OfAttempt = { readonly task: string; readonly attempt: number };

function resulting(says: Outcome, of: OfAttempt): Move {
  switch (says.kind) {
    case 'give':
      return { type: 'complete', ...of, output: says.value };
    case 'fail':
      return { type: 'fail', ...of, error: says.error };
    case 'silence':
      return { type: 'silence', ...of };
  }
}

function ended(says: ChildEnd, of: OfAttempt): Move {
  if (says.kind === 'silence') return { type: 'silence', ...of };
  const { status, output, error } = says;

  return {
    type: 'endChild',
    ...of,
    status,
    ...(output === undefined ? {} : { output }),
    ...(error === undefined ? {} : { error }),
  };
}

/** Whoever is asked answers, and brings along what is asked for, unless the case says otherwise. */
function answered(says: Answer, scene: Scene, open: Open): Move {
  const { address: task, state } = open;
  if (says.kind === 'silence') return { type: 'silence', task, attempt: state.attempt };
  if (says.kind === 'change') {
    const { by = nextPerson(scene.run, open), comment = 'once more' } = says;
    return { type: 'intervene', command: { kind: 'requestChange', task, by, comment } };
  }
  const usual = answersTo(scene, open).find((move) => move.type === says.kind);
  const { by = 'ana', data = undefined } = usual !== undefined && 'by' in usual ? usual : {};
  const brought = says.data ?? data;

  return {
    type: says.kind,
    task,
    by: says.by ?? by,
    ...(brought === undefined ? {} : { data: brought }),
  };
}
