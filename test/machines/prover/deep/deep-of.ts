// Explores a definition that a test writes down, and says what is wrong with it.
import type { Chart } from '../../../../machines/chart/chart.ts';
import { loadDefinition } from '../../../../machines/language/load-definition.ts';
import { formatProblems } from '../../../../machines/language/problem.ts';
import type { Candidates } from '../../../../machines/prover/candidates/candidates-of.ts';
import { deepCheck, type Placed } from '../../../../machines/prover/deep/deep-check.ts';
import type { DeepFinding } from '../../../../machines/prover/deep/standstill.ts';
import type { Explored } from '../../../../machines/prover/explore/explore.ts';
import { definitionText } from '../../../support/definition-text.ts';

type Deep = {
  readonly chart: Chart;
  readonly candidates: Candidates;
  readonly explored: Explored;
  readonly findings: readonly DeepFinding[];
  /** What may fail for all that is known. */
  readonly unproven: readonly string[];
  /** `severity code: tasks` of each finding, without notes. */
  readonly said: readonly string[];
  /** `code: tasks` of each note. */
  readonly noted: readonly string[];
  readonly placed: readonly Placed[];
  readonly of: (code: string) => DeepFinding;
};

/** The findings of a definition given by its tasks, in YAML. `head` are further keys of the workflow, in YAML. */
export function deepOf(tasks: string, head = ''): Deep {
  return deepOfText(definitionText(tasks, head));
}

export function deepOfText(content: string): Deep {
  const file = 'under-test.yaml';
  const result = loadDefinition({ file, content });
  if (!result.ok) throw new Error(formatProblems(result.problems));
  const { chart, candidates, explored, unproven, ...report } = deepCheck({
    loaded: result.loaded,
    file,
    scenesMax: 5_000,
  });
  const findings = report.findings.map(({ finding }) => finding);

  return {
    chart,
    candidates,
    explored,
    findings,
    unproven,
    said: findings
      .filter(({ severity }) => severity !== 'note')
      .map(({ severity, code, tasks }) => `${severity} ${code}: ${tasks.join(' ')}`),
    noted: findings
      .filter(({ severity }) => severity === 'note')
      .map(({ code, tasks: about }) => `${code}: ${about.join(' ')}`),
    placed: report.findings.map(({ placed }) => placed),
    of: (code) => {
      const found = findings.find((each) => each.code === code);
      if (found === undefined)
        throw new Error(`no ${code} among ${findings.map((each) => each.code).join(', ')}`);
      return found;
    },
  };
}
