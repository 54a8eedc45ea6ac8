import type { Finding } from '../finding.ts';
import { insideOf } from '../graph/task-graph.ts';
import type { Outline, TaskGraph, TaskSite } from '../outline.ts';
import { taskExpressions, workflowExpressions } from '../references/expression-sites.ts';
import { namesInScope } from '../references/known-outputs.ts';
import { checkReference, referencePlace, type Visible } from '../references/reference-rules.ts';
import { typeFaults } from '../references/type-rules.ts';
import type { ExpressionText } from '../text/read-text.ts';

const afterFailure = ['error', 'original_run_id', 'failed_task', 'original_input', 'original_outputs'];

/**
 * Every expression can be parsed, reads only what there is, and does with it what can be done. `order: false` leaves
 * out whether a task can have run by then, for definitions whose dependencies could not all be read.
 */
export function checkExpressions(
  outline: Outline,
  { order }: { readonly order: boolean },
): readonly Finding[] {
  const { graph } = outline;
  const base = baseOf(outline);
  const texts = workflowExpressions(outline.workflow);
  const outer = new Set(
    [...graph.sites.values()].filter((site) => site.list.kind !== 'steps').map((s) => s.task.id),
  );
  const ended = new Set([...outer].filter((id) => isReachable(graph, id)));

  return [
    ...outline.sites.flatMap((site) => checkTaskTexts(site, base, order)),
    ...texts.ending.flatMap((text) =>
      checkText(text, { ...base, before: order ? (id) => ended.has(id) : undefined }),
    ),
    ...texts.start.flatMap((text) => checkText(text, { ...base, before: () => false })),
    ...texts.cancel.flatMap((text) =>
      checkText(text, { ...base, before: () => false, names: new Map([['event', undefined]]) }),
    ),
    ...texts.trigger.flatMap((text) =>
      checkText(text, { ...base, before: () => false, names: new Map([['event', undefined]]), noRun: true }),
    ),
  ];
}

type Base = Visible & Pick<Outline, 'readText'>;

function baseOf({ definition, graph, ids, readText }: Outline): Base {
  return { definition, graph, ids, readText, before: undefined, names: new Map(), inputs: [], noRun: false };
}

/** Whether the result of a task can be read at the end of a run: not of one inside a body that runs for every item. */
function isReachable(graph: TaskGraph, id: string): boolean {
  const list = graph.sites.get(id)?.list;
  if (list === undefined || list.kind === 'items') return false;

  return list.container === undefined || isReachable(graph, list.container);
}

function checkTaskTexts(site: TaskSite, base: Base, order: boolean): readonly Finding[] {
  const texts = taskExpressions(site);
  if (texts.length === 0) return [];
  const { id } = site.task;
  const inputs = site.list.kind === 'steps' ? afterFailure : [];

  return texts.flatMap((text) => {
    const key = String(text.path[site.path.length]);
    // The condition of a loop is read when its body has run.
    const body = key === 'loop_condition' ? insideOf(site.task) : [];
    const before = order
      ? (other: string) => body.includes(other) || base.graph.precedes(other, id)
      : undefined;

    return checkText(text, { ...base, before, names: namesInScope(site, key, base.graph), inputs });
  });
}

function checkText(each: ExpressionText, visible: Base): readonly Finding[] {
  const { kind, text, path } = each;
  const read = visible.readText({ kind, text });
  if (!read.ok) {
    return read.problems.map(({ message, offset }) => ({
      code: 'definition.bad-expression',
      message,
      path,
      within: { start: offset, end: offset + 1 },
    }));
  }

  const unknown = read.references.flatMap((reference) => {
    const fault = checkReference(reference, visible);
    if (fault === undefined) return [];
    const within = referencePlace(text, reference);

    return [{ ...fault, path, ...(within === undefined ? {} : { within }) }];
  });
  if (unknown.length > 0) return unknown;

  return typeFindings(each, visible);
}

/** Operations that can only fail, with what is known of the values that they work on. */
export function typeFindings(
  each: ExpressionText,
  visible: Parameters<typeof typeFaults>[1],
): readonly Finding[] {
  return typeFaults(each, visible).map(({ message, start, end }) => ({
    code: 'definition.type-mismatch',
    // More types become known with every release.
    sinceAccepted: true,
    message,
    path: each.path,
    within: { start, end },
  }));
}
