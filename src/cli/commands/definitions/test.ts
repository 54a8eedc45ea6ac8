import { testDefinition } from '../../../projections/definition/test-definition.ts';
import {
  coveragePercent,
  isSound,
  type TestedDefinition,
} from '../../../projections/definition/tested-definition.ts';
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

function belowText(tested: TestedDefinition, { coverageMin }: TestCall): string {
  const percent = Math.floor(coveragePercent(tested) * 10) / 10;

  return `${tested.file}: ${percent} % of the transitions that can happen are covered, and --min-coverage is ${coverageMin}`;
}
