import type { Json } from '../../../events/canonical-json.ts';
import type { DeepReport } from '../../../machines/prover/deep/deep-check.ts';
import type { DeepCheckReport } from '../../api/definitions.ts';

/** What exploring a definition showed, as it is sent, and as `--json` has it. */
export function deepReport({
  explored,
  candidates,
  findings,
  unproven,
  isComplete,
}: DeepReport): DeepCheckReport {
  const { scenes, isWhole, bound } = explored;

  return {
    scenes: scenes.size,
    isWhole,
    ...(bound === undefined ? {} : { bound }),
    omitted: [...candidates.omitted],
    unproven: [...unproven],
    isComplete,
    findings: findings.map(({ finding, placed }) => {
      const { code, severity, message, tasks, counterexample } = finding;
      const { file, line, column } = placed;
      const example =
        counterexample === undefined
          ? {}
          : {
              moves: counterexample.parts.map(({ move }) => plainJson(move)),
              end: plainJson(counterexample.end),
            };
      return { code, severity, message, tasks: [...tasks], file, line, column, ...example };
    }),
  };
}

function plainJson(value: object): Record<string, Json> {
  return JSON.parse(JSON.stringify(value));
}
