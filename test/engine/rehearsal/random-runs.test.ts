// Whatever the explorer says that a move leads to, a real engine records, in that very order. Method: random
// definitions of every type, each with random moves that the explorer knows and some of people, played on an engine.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileChart } from '../../../machines/chart/chart.ts';
import { type LoadedDefinition, loadDefinition } from '../../../machines/language/load-definition.ts';
import { candidatesOf } from '../../../machines/prover/candidates/candidates-of.ts';
import { begin } from '../../../machines/prover/explore/explore.ts';
import { movesOf } from '../../../machines/prover/explore/moves.ts';
import type { Move, Scenario } from '../../../machines/prover/explore/scenario.ts';
import { scenarioOf } from '../../../machines/prover/explore/scenario-of.ts';
import type { Scene } from '../../../machines/prover/explore/scene.ts';
import { take } from '../../../machines/prover/explore/take.ts';
import { createRehearsals } from '../../../src/compose/rehearsal.ts';
import { definitionOf } from '../../support/random-definition.ts';
import { type Recipe, recipes } from '../../support/random-recipe.ts';

const palette = [
  'SIMPLE',
  'SIMPLE',
  'NOOP',
  'SET_VARIABLE',
  'TRANSFORM',
  'JOIN',
  'DECISION',
  'SUB_WORKFLOW',
  'TERMINATE',
  'HUMAN',
  'WAIT',
  'FORK',
  'FOR_EACH',
  'DO_WHILE',
];
const cases = Number(process.env['WORKFLOW_REHEARSED_CASES'] ?? 60);
const movesMax = 40;
const rehearsals = createRehearsals();

/** What people do to a run at any time. */
const kinds = ['pauseRun', 'resumeRun', 'cancelRun', 'terminateRun', 'retryRun'] as const;
const interventions = kinds.map((kind): Move => ({ type: 'intervene', command: { kind } }));

/** What has to come up, so that a generator that makes nothing is noticed. */
const wanted = [
  'task.started',
  'task.failed',
  'timer.fired',
  'child.started',
  'child.ended',
  'approval.denied',
  'run.admitted',
  'run.paused',
  'run.cancelled',
  'run.retried',
  'failure-workflow.started',
];
const recorded = new Set<string>();

test.each([
  ['tasks beside each other', 0, 11],
  ['tasks inside of others', 1, 12],
  ['tasks two levels deep', 2, 13],
])('an engine records what the explorer says: %s', { timeout: 600_000 }, async (_, depth, seed) => {
  const choices = fc.array(fc.nat(997), { minLength: 1, maxLength: movesMax, size: 'max' });
  let played = 0;
  const property = fc.asyncProperty(recipes(depth), choices, async (recipe, chosen) => {
    const loaded = madeOf(recipe);
    if (loaded === undefined) return;
    const scenario = scenarioBy(loaded, chosen);
    expect(await rehearsals.play(loaded, scenario)).toMatchObject({ ok: true });
    played += 1;
    for (const { type } of scenario.parts.flatMap(({ records }) => records)) recorded.add(type);
  });
  await fc.assert(property, { numRuns: cases, seed, endOnFailure: true });

  expect(played).toBeGreaterThan(cases / 2);
});

test('everything that may be recorded came up', () => {
  expect(wanted.filter((type) => !recorded.has(type))).toEqual([]);
});

function madeOf(recipe: Recipe): LoadedDefinition | undefined {
  const content = JSON.stringify({ workflow: definitionOf(recipe, palette) });
  const result = loadDefinition({ file: 'random.json', content });

  return result.ok ? result.loaded : undefined;
}

/** Nine choices of ten are among the moves that the explorer knows; those that mean nothing are left out. */
function scenarioBy(loaded: LoadedDefinition, choices: readonly number[]): Scenario {
  const chart = compileChart(loaded.definition, loaded.ref);
  const first = begin(chart, candidatesOf(loaded.definition, chart));
  const moves: Move[] = [];
  let scene: Scene = first;
  for (const choice of choices) {
    const possible = choice % 10 === 9 && moves.length > 0 ? interventions : movesOf(scene);
    const move = possible[Math.floor(choice / 10) % possible.length];
    const next = move && take(scene, move);
    if (move === undefined || next === undefined) continue;
    moves.push(move);
    scene = next;
  }

  return scenarioOf('random', first, moves);
}
