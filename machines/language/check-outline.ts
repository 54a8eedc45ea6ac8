import { checkCycles } from './checks/cycles.ts';
import { adviseDecisions } from './checks/decision-advice.ts';
import { adviseEffects } from './checks/effect-advice.ts';
import { checkExamples } from './checks/examples.ts';
import { checkExpressions } from './checks/expressions.ts';
import { checkIds } from './checks/ids.ts';
import { checkInputs } from './checks/inputs.ts';
import { adviseLoops } from './checks/loop-advice.ts';
import { adviseOutputs } from './checks/output-advice.ts';
import { checkOutputPaths } from './checks/output-paths.ts';
import { adviseRecursion } from './checks/recursion-advice.ts';
import { checkReferences } from './checks/references.ts';
import { checkSignals } from './checks/signals.ts';
import { checkStandbys } from './checks/standbys.ts';
import { checkStarting } from './checks/starting.ts';
import { checkTaskRules } from './checks/task-rules.ts';
import { adviseTriggers } from './checks/trigger-advice.ts';
import { checkTriggerEvents } from './checks/trigger-events.ts';
import { checkTriggers } from './checks/triggers.ts';
import { checkWorkflowOutput } from './checks/workflow-output.ts';
import type { Finding } from './finding.ts';
import type { Outline } from './outline.ts';

/**
 * Runs all checks over a definition. `readable` says that everything in the text could be read: otherwise only what
 * is certain all the same is reported, and no advice is given.
 */
export function checkOutline(
  outline: Outline,
  { readable }: { readonly readable: boolean },
): readonly Finding[] {
  const ids = checkIds(outline);
  // So many tasks are no definition; to say more about them would only take time.
  if (ids.some((finding) => finding.code === 'definition.too-many-tasks')) return ids;
  const linked = [...ids, ...checkReferences(outline), ...checkCycles(outline)];
  const sound = readable && linked.length === 0;
  const findings = [
    ...linked,
    ...checkExpressions(outline, { order: sound }),
    ...checkTriggerEvents(outline),
    ...checkOutputPaths(outline),
    ...(readable ? checkKeys(outline) : []),
    ...(sound ? [...checkStandbys(outline), ...checkStarting(outline), ...checkWorkflowOutput(outline)] : []),
  ];
  if (!readable || findings.some((finding) => finding.severity !== 'warning')) return findings;

  return [
    ...findings,
    ...adviseDecisions(outline),
    ...adviseOutputs(outline),
    ...adviseEffects(outline),
    ...adviseLoops(outline),
    ...adviseRecursion(outline),
    ...adviseTriggers(outline),
  ];
}

function checkKeys(outline: Outline): readonly Finding[] {
  return [
    ...checkTaskRules(outline),
    ...checkSignals(outline),
    ...checkInputs(outline),
    ...checkExamples(outline),
    ...checkTriggers(outline),
  ];
}
