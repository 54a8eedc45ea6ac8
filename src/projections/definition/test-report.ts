import type { TestReport } from '../../api/definitions.ts';
import { isSound, type TestedDefinition } from './tested-definition.ts';

/** What came of testing a definition, as it is sent. */
export function testReport(tested: TestedDefinition): TestReport {
  const { covered, transitions, uncovered, scenarios, cases, ms } = tested;

  return {
    ok: isSound(tested),
    covered,
    transitions,
    unreachable: uncovered.filter(({ kind }) => kind === 'unreachable').length,
    scenarios: scenarios.map(({ scenario: { name, end }, rehearsed }) => ({
      name,
      ok: rehearsed.ok,
      status: end.status,
      ...(rehearsed.ok ? {} : { message: rehearsed.message }),
    })),
    uncovered: uncovered.map(({ transition, kind, text }) => ({
      transition,
      reason: kind === 'unreachable' ? `cannot happen: ${text}` : text,
    })),
    cases: cases.map(({ file, line, name, ok, problems }) => ({
      file,
      line,
      name,
      ok,
      problems: [...problems],
    })),
    ms,
  };
}
