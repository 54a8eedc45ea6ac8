import { planOf } from '../chart/plan.ts';
import type { Definition } from '../definition.ts';
import { isDynamic } from '../task-names.ts';
import { type LoadedDefinition, loadDefinition } from './load-definition.ts';

/**
 * The definitions that a definition starts runs of, as they are named: `id` or `id@version`. Those of a failure
 * workflow that is written out inside of it are among them.
 */
export function referredWorkflows({ definition, failureText }: LoadedDefinition): readonly string[] {
  const { failureWorkflow } = definition;
  const named = failureWorkflow?.kind === 'named' ? [failureWorkflow.id] : [];
  const written =
    failureText === undefined
      ? undefined
      : loadDefinition({ file: definition.id, content: failureText, isAccepted: true });
  const inside = written?.ok === true ? workflowsIn(written.loaded.definition) : [];

  return [...new Set([...workflowsIn(definition), ...inside, ...named])];
}

/** The child of every item of a FORK is a task of the plan, too. */
function workflowsIn(definition: Definition): readonly string[] {
  return [...planOf(definition).values()].flatMap(({ task }) =>
    task.type === 'SUB_WORKFLOW' && task.station === undefined && !isDynamic(task.workflow)
      ? [task.workflow]
      : [],
  );
}
