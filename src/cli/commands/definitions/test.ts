import { testDefinition } from '../../../projections/definition/test-definition.ts';
import {
  coveragePercent,
  failedScenarios,
  isSound,
  type TestedDefinition,
} from '../../../projections/definition/tested-definition.ts';
import { annotation } from '../../check/annotations.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';
import { readFlags, type TestCall, type TestFlags } from '../../test/asked.ts';
import { namedDefinitions } from '../../test/named-definitions.ts';
import { summaryText, testedDocument, testReportText } from '../../test/report-text.ts';
import { emittedText, writeReports } from '../../test/written-reports.ts';

/** `workflow test [definitions...]`: plays every way through definitions on the real engine. */
export async function testDefinitions(
  invocation: Invocation,
  names: readonly string[],
  flags: TestFlags,
): Promise<ExitCode> {
  const { app, io, output } = invocation;
  const asked = readFlags(flags);
  const definitions = await namedDefinitions(invocation, [...names, ...asked.names]);
  const rehearsals = await app.rehearsals();
  // If stdout is taken by the tests, reports go to stderr.
  const say = asked.emit === 'stdout' ? output.warn : output.data;
  const began = io.clock.now();
  const all: TestedDefinition[] = [];
  for (const each of definitions) {
    const tested = await testDefinition(each, { ...asked, rehearsals, now: () => io.clock.now() });
    all.push(tested);
    say(testReportText(tested, { paint: output.paint, verbose: asked.verbose }));
  }
  if (flags.githubAnnotations === true) for (const line of all.flatMap(annotationsOf)) output.warn(line);
  const ms = io.clock.now() - began;
  say(summaryText(all, ms));
  for (const file of await writeReports(all, asked, io.cwd)) output.note(`wrote ${file}`);
  const below = all.filter((tested) => coveragePercent(tested) < asked.coverageMin);
  for (const tested of below) say(belowText(tested, asked));
  const ok = below.length === 0 && all.every(isSound);
  const vitest = asked.emit === 'stdout' ? { vitest: emittedText(all, io.cwd) } : {};
  output.document('TestReport', { ok, ms, items: all.map(testedDocument), ...vitest });
  if (vitest.vitest !== undefined) output.data(vitest.vitest.trimEnd());

  return ok ? 0 : 7;
}

function annotationsOf(tested: TestedDefinition): readonly string[] {
  const scenarios = failedScenarios(tested).map(({ scenario, rehearsed }) => ({
    file: tested.file,
    message: [`${scenario.name}: it goes another way`, ...(rehearsed.ok ? [] : [rehearsed.message])].join(
      '\n',
    ),
  }));
  const cases = tested.cases.flatMap(({ file, line, name, ok, problems }) =>
    ok ? [] : [{ file, line, message: [name, ...problems].join('\n') }],
  );

  return [...scenarios, ...cases].map((each) => annotation({ severity: 'error', ...each }));
}

function belowText(tested: TestedDefinition, { coverageMin }: TestCall): string {
  const percent = Math.floor(coveragePercent(tested) * 10) / 10;

  return `${tested.file}: ${percent} % of the transitions that can happen are covered, and --min-coverage is ${coverageMin}`;
}
