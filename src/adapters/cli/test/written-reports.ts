import { dirname, relative, resolve } from 'node:path';
import { coveragePercent, type TestedDefinition } from '../../../projections/tested-definition.ts';
import { writeTargets } from '../import/write-definitions.ts';
import type { Asked } from './asked.ts';
import { differenceLines } from './difference-text.ts';
import { vitestText } from './emit-vitest.ts';
import { type JunitCase, type JunitSuite, junitXml } from './junit.ts';

/** Writes the files that were asked for. Resolves with how they are called. */
export async function writeReports(
  all: readonly TestedDefinition[],
  asked: Asked,
  cwd: string,
): Promise<readonly string[]> {
  const { junit, scenariosFile, emit } = asked;
  const texts: readonly (readonly [string | undefined, () => string])[] = [
    [junit, () => junitXml(all.map((tested) => suiteOf(tested, asked)))],
    [scenariosFile, () => scenariosText(all)],
    [emit === 'stdout' ? undefined : emit, () => emittedText(all, dirname(resolve(cwd, emit ?? '')))],
  ];
  const targets = texts.flatMap(([shown, text]) =>
    shown === undefined ? [] : [{ path: resolve(cwd, shown), shown, text: text() }],
  );
  await writeTargets(targets, { force: true });

  return targets.map(({ shown }) => shown);
}

/** The scenarios as a test file that will be in `folder`. */
export function emittedText(all: readonly TestedDefinition[], folder: string): string {
  return vitestText(
    all.map(({ path, scenarios }) => ({
      from: relativeUrl(folder, path),
      scenarios: scenarios.map(({ scenario }) => scenario),
    })),
  );
}

/** By the files of their definitions. */
function scenariosText(all: readonly TestedDefinition[]): string {
  const byFile = Object.fromEntries(
    all.map(({ file, scenarios }) => [file, scenarios.map(({ scenario }) => scenario)]),
  );

  return `${JSON.stringify(byFile, null, 2)}\n`;
}

function relativeUrl(folder: string, path: string): string {
  const way = relative(folder, path).split(/[\\/]/).map(encodeURIComponent).join('/');

  return way.startsWith('.') ? way : `./${way}`;
}

function suiteOf(tested: TestedDefinition, asked: Asked): JunitSuite {
  const scenarios = tested.scenarios.map(
    ({ scenario, rehearsed, ms }): JunitCase => ({
      name: scenario.name,
      ms,
      ...(rehearsed.ok
        ? {}
        : { failure: [rehearsed.message, ...differenceLines(scenario, rehearsed)].join('\n') }),
    }),
  );
  const cases = tested.cases.map(
    ({ file, line, name, ok, problems }): JunitCase => ({
      name: `${file}: ${name}`,
      ms: 0,
      ...(ok ? {} : { failure: [`${file}:${line}`, ...problems].join('\n') }),
    }),
  );

  return {
    name: tested.file,
    ms: tested.ms,
    cases: [...scenarios, ...cases, ...coverageCase(tested, asked)],
  };
}

/** Where so much coverage is asked for, too little of it is a failure like any other. */
function coverageCase(tested: TestedDefinition, { coverageMin }: Asked): readonly JunitCase[] {
  if (coverageMin === 0) return [];
  const missing = tested.uncovered.filter(({ kind }) => kind !== 'unreachable');
  const failure = [
    `${tested.covered} of ${tested.covered + missing.length} transitions that can happen are covered`,
    ...missing.map(({ transition, kind, text }) => `${transition}  (${kind}: ${text})`),
  ].join('\n');

  return [
    {
      name: `at least ${coverageMin} % of the transitions are covered`,
      ms: 0,
      ...(coveragePercent(tested) < coverageMin ? { failure } : {}),
    },
  ];
}
