import { taskExpressions, workflowExpressions } from '../expression-sites.ts';
import type { Finding } from '../finding.ts';
import type { Outline, TaskGraph, TaskSite } from '../outline.ts';
import type { ExpressionText } from '../read-text.ts';
import { referencePlace } from '../reference-place.ts';
import { checkReference, type Visible } from '../reference-rules.ts';
import { insideOf } from '../task-graph.ts';

const afterFailure = ['error', 'original_run_id', 'failed_task'];

/**
 * Every expression can be parsed, and reads only what there is. `order: false` leaves out whether a task can have run
 * by then, for definitions whose dependencies could not all be read.
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
    ...texts.trigger.flatMap((text) =>
      checkText(text, { ...base, before: () => false, names: new Set(['event']) }),
    ),
  ];
}

type Base = Visible & Pick<Outline, 'readText'>;

function baseOf({ definition, graph, ids, readText }: Outline): Base {
  return { definition, graph, ids, readText, before: undefined, names: new Set(), inputs: [] };
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
  const names = namesAround(site, base.graph);

  return texts.flatMap((text) => {
    const key = text.path[site.path.length];
    const own = new Set([...names, ...(key === 'output' ? ['result'] : [])]);
    // The condition of a loop is read when its body has run.
    const body = key === 'loop_condition' ? [id, ...insideOf(site.task)] : [];
    if (key === 'loop_condition') for (const name of loopNames(site)) own.add(name);
    const before = order
      ? (other: string) => body.includes(other) || base.graph.precedes(other, id)
      : undefined;

    return checkText(text, { ...base, before, names: own, inputs });
  });
}

/** What the bodies around a task add: `item` and `index` of an iteration over items, `loop` of a loop. */
function namesAround(site: TaskSite, graph: TaskGraph): ReadonlySet<string> {
  const { kind, container: id, itemName = 'item' } = site.list;
  const container = id === undefined ? undefined : graph.sites.get(id);
  if (container === undefined || container === site) return new Set();
  const own = kind === 'items' ? [itemName, 'item', 'index'] : kind === 'loop' ? loopNames(container) : [];

  return new Set([...own, ...namesAround(container, graph)]);
}

function loopNames({ task }: TaskSite): readonly string[] {
  return task.type === 'DO_WHILE' && task.items !== undefined ? ['loop', 'item', 'index'] : ['loop'];
}

function checkText({ kind, text, path }: ExpressionText, visible: Base): readonly Finding[] {
  const read = visible.readText({ kind, text });
  if (!read.ok) {
    return read.problems.map(({ message, offset }) => ({
      code: 'definition.bad-expression',
      message,
      path,
      within: { start: offset, end: offset + 1 },
    }));
  }

  return read.references.flatMap((reference) => {
    const fault = checkReference(reference, visible);
    if (fault === undefined) return [];
    const within = referencePlace(text, reference);

    return [{ ...fault, path, ...(within === undefined ? {} : { within }) }];
  });
}
