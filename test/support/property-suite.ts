// Random definitions, each with many random schedules, against the laws of the core. What breaks a law is printed as a
// call of `expectLaws` that can be pasted into a test.
import fc from 'fast-check';
import { type Chart, compileChart } from '../../machines/chart/chart.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { formatProblems } from '../../machines/language/problem.ts';
import { finalRunsStay, journalIsTheRun, transitionsFollow } from './core-laws.ts';
import { tasksWaitTheirTurn, undoingIsTheReverse } from './order-laws.ts';
import { type Played, playSchedule } from './play-schedule.ts';
import { definitionOf, type JsonMap, type Palette } from './random-definition.ts';
import { type Recipe, recipes } from './random-recipe.ts';
import { type Schedule, schedules } from './random-schedule.ts';
import { attemptsEndOnce, effectsAreComplete, firstTimerIsFirst } from './work-laws.ts';

export type Suite = {
  readonly palette: Palette;
  /** How many levels of tasks stand inside of each other. */
  readonly depth: number;
  readonly seed: number;
  /** The share of all cases, of 1. */
  readonly share: number;
};

/** What the generators made and what came of it, so that a generator that makes nothing is noticed. */
export type Counts = {
  readonly wanted: number;
  readonly cases: number;
  readonly refused: number;
  readonly definitions: number;
  /** How often each came: `status FAILED`, `command rerun`, `state retrying`, `type FORK`, `key catch`, `depth 2`. */
  readonly of: Readonly<Record<string, number>>;
};

type Failing = {
  readonly definition: JsonMap;
  readonly schedule: Schedule;
  readonly index: number;
  readonly error: unknown;
};

/** How many smaller cases are tried once one has failed. */
const smallerMax = 2_000;
const schedulesEach = 20;
const movesMax = 24;
const casesWanted = Number(process.env['WORKFLOW_PROPERTY_CASES'] ?? 20_000);

/** Holds the laws against the definition and schedule. Throws what is broken. */
export function expectLaws(definition: JsonMap, schedule: Schedule): Played {
  const chart = chartFor(definition);
  if (typeof chart === 'string') throw new Error(chart);

  return obeyed(chart, schedule);
}

function obeyed(chart: Chart, schedule: Schedule): Played {
  const laws = [
    transitionsFollow(chart),
    tasksWaitTheirTurn(chart),
    attemptsEndOnce(),
    effectsAreComplete(),
    firstTimerIsFirst(),
    finalRunsStay(),
    undoingIsTheReverse(chart),
    journalIsTheRun(chart),
  ];
  const played = playSchedule(chart, schedule, (move) => {
    for (const law of laws) law.see(move);
  });
  for (const law of laws) law.over(played);

  return played;
}

/** Holds the laws against all cases of a suite. Throws with the smallest case found that breaks one. */
export function checkSuite({ palette, depth, seed, share }: Suite): Counts {
  // A few definitions more than needed, for those that the checker refuses.
  const definitions = Math.ceil((casesWanted * share * 1.1) / schedulesEach);
  const of = new Map<string, number>();
  const count = (what: string) => of.set(what, (of.get(what) ?? 0) + 1);
  let [cases, refused] = [0, 0];
  let failing: Failing | undefined;
  let smallerTried = 0;
  const holds = (recipe: Recipe, each: readonly Schedule[]): void => {
    const definition = definitionOf(recipe, palette);
    const chart = chartFor(definition);
    if (typeof chart === 'string') {
      refused += 1;
      return;
    }
    noteDefinition(definition, chart, count);
    for (const [index, schedule] of each.entries()) {
      // Once one has failed, fast-check looks for a smaller one: only what it makes of that one is of interest.
      if (failing !== undefined && (failing.index !== index || smallerTried++ > smallerMax)) continue;
      cases += 1;
      try {
        note(obeyed(chart, schedule), count);
      } catch (error) {
        failing = { definition, schedule, index, error };
        throw error;
      }
    }
  };
  const some = fc.array(schedules(movesMax), {
    minLength: schedulesEach,
    maxLength: schedulesEach,
    size: 'max',
  });
  fc.check(fc.property(recipes(depth), some, holds), { seed, numRuns: definitions });
  if (failing !== undefined) throw counterexample(failing, seed);

  return { wanted: casesWanted * share, cases, refused, definitions, of: Object.fromEntries(of) };
}

/** What is wanted and never came. */
export function missingFrom({ of }: Counts, wanted: readonly string[]): readonly string[] {
  const always = [
    'status COMPLETED',
    'status FAILED',
    'status TERMINATED',
    'command startTask',
    'command rerun',
  ];

  return [...always, ...wanted].filter((what) => (of[what] ?? 0) === 0);
}

function noteDefinition(definition: JsonMap, { plan }: Chart, count: (what: string) => void): void {
  for (const [, key] of JSON.stringify(definition).matchAll(/"([a-z_]+)":/g)) count(`key ${key}`);
  for (const { task, owner, branch } of plan.values()) {
    count(`type ${task.type}`);
    let depth = 0;
    for (let at = branch?.of ?? owner; at !== undefined; depth += 1) {
      const place = plan.get(at);
      at = place?.branch?.of ?? place?.owner;
    }
    count(`depth ${depth}`);
  }
}

function note({ run, moves }: Played, count: (what: string) => void): void {
  count(`status ${run.state.status}`);
  count(`phase ${run.state.phase}`);
  for (const { sealed, command } of moves) {
    count(`command ${command.kind}`);
    for (const { to } of sealed.transitions) count(`state ${to.startsWith('case ') ? 'case' : to}`);
  }
}

function counterexample({ definition, schedule, error }: Failing, seed: number): Error {
  const call = `expectLaws(\n  ${JSON.stringify(definition)},\n  ${JSON.stringify(schedule)},\n);`;
  const message = error instanceof Error ? error.message : String(error);

  return new Error(`${message}\nseed ${seed}. To see it again:\n${call}`, { cause: error });
}

function chartFor(definition: JsonMap): Chart | string {
  const content = JSON.stringify({ workflow: definition });
  const result = loadDefinition({ file: 'random.json', content });

  return result.ok
    ? compileChart(result.loaded.definition, result.loaded.ref)
    : formatProblems(result.problems);
}
