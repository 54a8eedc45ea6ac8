import type { Json } from '../../../events/canonical-json.ts';
import type { RunContext } from '../../api/run-parts.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { tasksInOrder } from '../task/task-order.ts';
import { runDiff } from './run-diff.ts';
import { shownInput } from './run-document.ts';

/** What a run knows, and what is another than `before`: as it was one event earlier. */
export function runContext(view: RunView, before: RunView | undefined): RunContext {
  const { state, sequence } = view;
  const outputs = tasksInOrder(view).flatMap(({ address, state: { output } }): [string, Json][] =>
    output === undefined ? [] : [[address, output]],
  );
  const diff = before === undefined ? undefined : runDiff(shownSafely(before), shownSafely(view));

  return {
    sequence,
    input: { ...shownInput(view) },
    variables: { ...state.variables },
    outputs: Object.fromEntries(outputs),
    ...(state.output === undefined ? {} : { output: state.output }),
    changes: [...(diff?.values ?? [])],
    omitted: diff?.omitted ?? 0,
  };
}

/** A secret that is replaced by another one is not told by the difference, either. */
function shownSafely(view: RunView): RunView {
  return { ...view, state: { ...view.state, input: shownInput(view) } };
}
