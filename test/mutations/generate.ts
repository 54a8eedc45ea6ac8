import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileChart } from '../../machines/chart/chart.ts';
import { type LoadedDefinition, loadDefinition } from '../../machines/language/load-definition.ts';
import { candidatesOf } from '../../machines/prover/candidates/candidates-of.ts';
import { chooseScenarios } from '../../machines/prover/coverage/choose.ts';
import { explore } from '../../machines/prover/explore/explore.ts';
import type { Scenario } from '../../machines/prover/explore/scenario.ts';

/** A definition and the tests that are made from it. Plain JSON, so that it crosses from build to build. */
export type Generated = {
  readonly name: string;
  readonly text: string;
  readonly scenarios: readonly Scenario[];
};

const scenesMax = 20_000;

/** The tests that this build makes from every definition of these folders. */
export function generate(folders: readonly string[]): readonly Generated[] {
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'))
      .map((name) => generateFrom(name, readFileSync(join(folder, name), 'utf8'))),
  );
}

/** The tests that this build makes from one definition. */
export function generateFrom(name: string, text: string): Generated {
  const { definition, ref } = loaded(name, text);
  const chart = compileChart(definition, ref);
  const candidates = candidatesOf(definition, chart);
  const { scenarios } = chooseScenarios(chart, candidates, explore(chart, candidates, { scenesMax }));

  return { name, text, scenarios };
}

/** A definition as it is loaded by this build. Throws on one that has mistakes. */
export function loaded(name: string, content: string): LoadedDefinition {
  const result = loadDefinition({ file: name, content });
  if (!result.ok) throw new Error(`${name}: ${result.problems.map(({ message }) => message).join('; ')}`);

  return result.loaded;
}
