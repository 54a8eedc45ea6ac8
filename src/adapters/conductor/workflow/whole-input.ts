import type { Context } from '../context.ts';
import type { Emitted } from '../emitted.ts';
import { speaker } from '../report.ts';
import type { Built } from './build-context.ts';

/**
 * A run of ours takes declared inputs only. What is read of the input as a whole is declared too; where the whole of
 * it goes somewhere, the report says that undeclared ones do not.
 */
export function readInputs(tasks: readonly Emitted[], context: Built): void {
  const refs = new Map([...context.ids].map(([ref, id]) => [id, ref]));
  for (const { id, fields, nested } of tasks) {
    const text = JSON.stringify(fields);
    for (const [, name = ''] of text.matchAll(/\bworkflow\.input\.\??([A-Za-z_]\w*)/g)) {
      if (!context.inputs.has(name)) context.input(name);
    }
    if (/\bworkflow\.input(?!\.\??\w|\[)/.test(text)) reportWhole(context, refs.get(id));
    const inner = nested === undefined ? [] : 'tasks' in nested ? nested.tasks : nested.branches.flat();
    readInputs(inner, context);
  }
}

function reportWhole({ report, tasks, pointer }: Context, ref: string | undefined): void {
  const task = ref === undefined ? undefined : tasks.get(ref);
  const { warning } = speaker(report, task === undefined ? { pointer } : { task, pointer: task.pointer });
  warning(
    '${workflow.input}',
    'Conductor passes on whatever a run was given; here a run takes declared inputs only, those in `input`',
    { became: 'workflow.input' },
  );
}
