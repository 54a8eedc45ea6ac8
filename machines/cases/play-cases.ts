import { candidatesOf } from '../candidates/candidates-of.ts';
import { compileChart } from '../compile/chart.ts';
import { openTasks } from '../compile/task-at.ts';
import { isFinal, isSettled } from '../compile/task-status.ts';
import { begin } from '../explore/begin.ts';
import type { Scenario } from '../explore/scenario.ts';
import { scenarioOf } from '../explore/scenario-of.ts';
import type { Scene } from '../explore/scene.ts';
import { checkInput } from '../language/check-input.ts';
import type { LoadedDefinition } from '../language/load-definition.ts';
import { caseMoves } from './case-moves.ts';
import type { CaseResult, Expectation, Outcome, TestCase } from './test-case.ts';
import { unmet } from './unmet.ts';

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
