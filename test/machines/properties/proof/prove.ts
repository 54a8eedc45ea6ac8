// Random definitions, each checked as `check --deep` does, and the clean ones played. What a play breaks is printed
// with the seed of its definition, so that it can be seen again.
import fc from 'fast-check';
import type { Chart } from '../../../../machines/chart/chart.ts';
import { loadDefinition } from '../../../../machines/language/load-definition.ts';
import type { Candidates } from '../../../../machines/prover/candidates/candidates-of.ts';
import { deepCheck } from '../../../../machines/prover/deep/deep-check.ts';
import { createRandom } from '../../../simulation/kernel/random.ts';
import { definitionOf, type JsonMap } from '../../../support/random-definition.ts';
import { recipes } from '../../../support/random-recipe.ts';
import { proofDialect, vainSignal } from './dialect.ts';
import { type Ended, randomPlay } from './random-play.ts';
import type { Sighting } from './sightings.ts';
import { world } from './world.ts';

/** Whether `check --deep` is content with a definition, and why not where it is not. */
export type Verdict =
  | { readonly said: 'clean'; readonly chart: Chart; readonly candidates: Candidates }
  | {
      readonly said: 'error' | 'bounded' | 'unproven';
      readonly why: readonly string[];
      /** Undefined where it was refused before. */
      readonly explored?: Explored;
    };

/** What the check was of, and the waits that it says never end. */
type Explored = {
  readonly chart: Chart;
  readonly candidates: Candidates;
  readonly neverMatching: readonly string[];
  /** Nothing was left out. */
  readonly isWhole: boolean;
};

/** What came of many definitions. */
export type Totals = {
  definitions: number;
  clean: number;
  bounded: number;
  /** Something may fail for all that the check knows, and it says so. */
  unproven: number;
  plays: number;
  readonly ends: Record<string, number>;
  /** Codes of what was found before a run, and how often. */
  readonly found: Record<string, number>;
  /** What plays showed, and in how many. */
  /** Planted waits that began in a play, and were told of. */
  planted: number;
  readonly seen: { [sighting in Sighting]?: number };
  readonly broken: string[];
};

const playsEach = 50;
/** So many scenes are looked at: a definition that has more is not proven. */
const scenesMax = 1_500;

const flat = ['SIMPLE', 'SIMPLE', 'TRANSFORM', 'TRANSFORM', 'DECISION', 'WAIT', 'HUMAN', 'SUB_WORKFLOW'];
const palette = [
  ...flat,
  'SET_VARIABLE',
  'JOIN',
  'HTTP',
  'NOOP',
  'TERMINATE',
  'FORK',
  'RACE',
  'FOR_EACH',
  'DO_WHILE',
  'DO_WHILE',
];

/** Little that keeps a branch from what it races for. */
const races = ['SIMPLE', 'SIMPLE', 'SIMPLE', 'TRANSFORM', 'SUB_WORKFLOW', 'RACE'];

/** The definition of a seed. Most are flat, some have tasks inside of others, and half of those mostly races. */
function definitionOfSeed(seed: number): JsonMap {
  const [recipe] = fc.sample(recipes(seed % 4 === 0 ? 1 : 0), { seed, numRuns: 1 });
  if (recipe === undefined) throw new Error(`no definition of the seed ${seed}`);
  const small = { ...recipe, tasks: recipe.tasks.slice(0, 5) };

  return definitionOf(small, seed % 8 === 0 ? races : palette, proofDialect(small));
}

function verdictOn(definition: JsonMap): Verdict {
  const content = JSON.stringify({ workflow: definition });
  const file = 'random.json';
  const result = loadDefinition({ file, content, world });
  if (!result.ok) return { said: 'error', why: errorsOf(result.problems) };
  const unfit = errorsOf(result.misfits);
  if (unfit.length > 0) return { said: 'error', why: unfit };
  const report = deepCheck({ loaded: result.loaded, file, scenesMax });
  const { chart, candidates, explored, unproven } = report;
  const findings = report.findings.map(({ finding }) => finding);
  // What never matches is told with a doubt, yet told.
  const errors = findings.filter(
    ({ severity, code }) => severity === 'error' || code === 'deep.never-matches',
  );
  const { omitted } = candidates;
  const isWhole = explored.isWhole && omitted.length === 0;
  const neverMatching = findings.flatMap(({ code, tasks }) => (code === 'deep.never-matches' ? tasks : []));
  const looked = { chart, candidates, neverMatching, isWhole };
  if (errors.length > 0)
    return {
      said: 'error',
      why: errors.map(({ code, message }) => `${code}: ${message}`),
      explored: looked,
    };
  if (!isWhole) return { said: 'bounded', why: [explored.bound ?? '', ...omitted], explored: looked };
  if (!report.isComplete) return { said: 'unproven', why: unproven, explored: looked };

  return { said: 'clean', chart, candidates };
}

function errorsOf(
  problems: readonly { readonly severity: string; readonly code: string; readonly message: string }[],
): readonly string[] {
  return problems
    .filter(({ severity }) => severity === 'error')
    .map(({ code, message }) => `${code}: ${message}`);
}

/** Proves the definitions of the seeds from `first` on. A clean one is played until a play breaks what was proven. */
export function prove({ first, count }: { readonly first: number; readonly count: number }): Totals {
  const totals: Totals = {
    definitions: 0,
    clean: 0,
    bounded: 0,
    unproven: 0,
    plays: 0,
    planted: 0,
    ends: {},
    found: {},
    seen: {},
    broken: [],
  };
  for (let seed = first; seed < first + count; seed += 1) proveOne(seed, totals);

  return totals;
}

function proveOne(seed: number, totals: Totals): void {
  const definition = definitionOfSeed(seed);
  const verdict = verdictOn(definition);
  totals.definitions += 1;
  if (verdict.said !== 'clean') {
    countFound(verdict, totals);
    if (verdict.explored !== undefined) playVain(seed, verdict.explored, totals);
    return;
  }
  totals.clean += 1;
  for (let number = 0; number < playsEach; number += 1) {
    const ended = playOf(seed, number, verdict);
    totals.plays += 1;
    totals.ends[ended.end] = (totals.ends[ended.end] ?? 0) + 1;
    for (const each of ended.seen) totals.seen[each] = (totals.seen[each] ?? 0) + 1;
    const [untold] = ended.vain;
    if (untold === undefined && ended.broken === undefined) continue;
    totals.broken.push(untold === undefined ? toldOf(seed, definition, ended) : untoldOf(seed, untold));
    return;
  }
}

function countFound({ said, why }: Exclude<Verdict, { said: 'clean' }>, totals: Totals): void {
  if (said !== 'error') totals[said] += 1;
  const codes = said === 'error' ? why.map((each) => each.split(':')[0] ?? '') : [said];
  for (const code of new Set(codes)) totals.found[code] = (totals.found[code] ?? 0) + 1;
}

/** Plays what has planted waits: each that begins is told of, whatever else is wrong. */
function playVain(
  seed: number,
  { chart, candidates, neverMatching, isWhole }: Explored,
  totals: Totals,
): void {
  const isPlanted = [...chart.plan.values()].some(
    ({ task }) => task.type === 'WAIT' && task.signal === vainSignal,
  );
  if (!isPlanted) return;
  const begun = new Set<string>();
  for (let number = 0; number < playsEach; number += 1)
    for (const each of playOf(seed, number, { chart, candidates }).vain) begun.add(each);
  for (const each of begun) {
    if (neverMatching.includes(each)) totals.planted += 1;
    else if (isWhole) totals.broken.push(untoldOf(seed, each));
  }
}

function untoldOf(seed: number, task: string): string {
  return `seed ${seed}: ${task} waits in vain, and nothing tells of it\n${JSON.stringify(definitionOfSeed(seed))}`;
}

/** The play of this number: the same again each time. */
function playOf(
  seed: number,
  number: number,
  { chart, candidates }: Pick<Extract<Verdict, { said: 'clean' }>, 'chart' | 'candidates'>,
): Ended {
  return randomPlay(chart, candidates, createRandom(seed * 1_000 + number));
}

function toldOf(seed: number, definition: JsonMap, { broken, moves }: Ended): string {
  return `seed ${seed}: ${broken}\n${JSON.stringify(definition)}\n${moves.map((move) => JSON.stringify(move)).join('\n')}`;
}
