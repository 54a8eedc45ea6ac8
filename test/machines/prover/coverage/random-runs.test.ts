// Whatever happens to a run, each of its transitions is a target, or one that no test has to cover. Method: random
// definitions and random schedules (test/support), every event looked at.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Chart, compileChart } from '../../../../machines/chart/chart.ts';
import { localId } from '../../../../machines/chart/task-at.ts';
import { loadDefinition } from '../../../../machines/language/load-definition.ts';
import { observed } from '../../../../machines/prover/coverage/observed.ts';
import { targetsOf } from '../../../../machines/prover/coverage/targets.ts';
import { type Move, playSchedule } from '../../../support/play-schedule.ts';
import { definitionOf } from '../../../support/random-definition.ts';
import { recipes } from '../../../support/random-recipe.ts';
import { schedules } from '../../../support/random-schedule.ts';

const palette = [
  ...['SIMPLE', 'SIMPLE', 'SIMPLE', 'NOOP', 'EVENT', 'HTTP', 'TRANSFORM', 'SET_VARIABLE', 'JOIN', 'DECISION'],
  ...['TERMINATE', 'HUMAN', 'WAIT', 'SUB_WORKFLOW', 'FORK', 'RACE', 'FOR_EACH', 'DO_WHILE'],
];

test('every transition of random runs is among the targets', { timeout: 60_000 }, () => {
  let seen = 0;
  const some = fc.array(schedules(24), { minLength: 5, maxLength: 5, size: 'max' });
  const holds = (
    recipe: Parameters<typeof definitionOf>[0],
    each: readonly Parameters<typeof playSchedule>[1][],
  ) => {
    const chart = chartFor(definitionOf(recipe, palette));
    if (chart === undefined) return;
    for (const schedule of each) {
      playSchedule(chart, schedule, (move) => {
        const missed = unexplained(chart, move);
        seen += move.sealed.transitions.length;
        if (missed.length > 0) throw new Error(`${JSON.stringify(move.command)}: ${missed.join('; ')}`);
      });
    }
  };

  fc.assert(fc.property(recipes(0), some, holds), { seed: 1, numRuns: 50 });
  fc.assert(fc.property(recipes(1), some, holds), { seed: 2, numRuns: 50 });
  fc.assert(fc.property(recipes(2), some, holds), { seed: 3, numRuns: 25 });
  expect(seen).toBeGreaterThan(5_000);
});

/** The transitions of an event that lead to the end of no target, other than those that need not be covered. */
function unexplained(chart: Chart, { sealed, before, command }: Move): readonly string[] {
  const { transitions } = sealed;
  const fact = JSON.parse(sealed.body) as { type: string; data: { fact: object } };
  const event = { fact: { type: fact.type, data: fact.data.fact }, time: '', actor: '' } as never;
  const covered = observed(chart, { event, transitions });

  return transitions.flatMap(({ task, from, to }) => {
    const ends = covered.some(
      (each) => each.task === (task === undefined ? undefined : localId(task)) && each.to === to,
    );
    if (ends || needsNoCover({ task, from, to, before, command, phases: transitions })) return [];
    return [`${task ?? 'run'}: ${from} -> ${to}`];
  });
}

type Seen = {
  readonly task: string | undefined;
  readonly from: string;
  readonly to: string;
  readonly before: Move['before'];
  readonly command: Move['command'];
  readonly phases: Move['sealed']['transitions'];
};

const instant = ['conditional', 'deciding', 'listing', 'looping', 'arming', 'scheduled'];

function needsNoCover({ task, from, to, before, command, phases }: Seen): boolean {
  const { kind } = command;
  // A rerun takes tasks back as a whole; what had ended meanwhile is worked out from the run.
  if (kind === 'rerun' || kind === 'retryRun') return task !== undefined || kind === 'rerun';
  // So does a change that is asked for: what is done again begins as the run is then.
  if (kind === 'requestChange') return task !== undefined;
  // What an engine makes too large of things that cannot fail otherwise is not for a definition to say.
  if (command.kind === 'evaluate' && command.tooLarge === true) return true;
  // The end of the run takes the rest of its tasks with it.
  const ends = phases.some((each) => each.task === undefined);
  if (task !== undefined) return (ends && (to === 'cancelled' || from === 'standby')) || isEarlyTimer();

  // These phases last only until the engine has done something; the random world gets in between.
  return (
    ['queued', 'concluding', 'notifying', 'cancelling'].includes(from) ||
    before.state.phase === 'queued' ||
    isEarlyTimer()
  );

  function isEarlyTimer(): boolean {
    return kind === 'fireTimer' && instant.includes(from);
  }
}

function chartFor(definition: ReturnType<typeof definitionOf>): Chart | undefined {
  const content = JSON.stringify({ workflow: definition });
  const result = loadDefinition({ file: 'random.json', content });
  if (!result.ok) return undefined;
  const chart = compileChart(result.loaded.definition, result.loaded.ref);
  expect(new Set(targetsOf(chart)).size).toBe(targetsOf(chart).length);

  return chart;
}
