import { compileExpression } from '../../expressions/condition.ts';
import type { ExpressionProblem, Reference } from '../../expressions/outcome.ts';
import { compileTemplate } from '../../expressions/template.ts';
import { type ExpressionText, taskExpressions, workflowExpressions } from '../expression-sites.ts';
import type { Finding } from '../finding.ts';
import type { Outline, TaskSite } from '../outline.ts';
import { checkReference, type Visible } from '../reference-rules.ts';
import { insideOf, type TaskGraph, taskGraph } from '../task-graph.ts';

const afterFailure = ['error', 'original_run_id', 'failed_task'];

/**
 * Every expression can be parsed, and reads only what there is. `order: false` leaves out whether a task can have run
 * by then, for definitions whose dependencies could not all be read.
 */
export function checkExpressions(outline: Outline, { order }: { readonly order: boolean }): readonly Finding[] {
  const graph = taskGraph(outline);
  const base = baseOf(outline, graph);
  const texts = workflowExpressions(outline.workflow);
  const outer = new Set([...graph.sites.values()].filter((site) => site.list.kind !== 'steps').map((s) => s.task.id));
  const ended = new Set([...outer].filter((id) => isReachable(graph, id)));

  return [
    ...outline.sites.flatMap((site) => checkTaskTexts(site, base, order)),
    ...texts.ending.flatMap((text) => checkText(text, { ...base, before: order ? ended : undefined })),
    ...texts.start.flatMap((text) => checkText(text, { ...base, before: new Set() })),
    ...texts.trigger.flatMap((text) => checkText(text, { ...base, before: new Set(), names: new Set(['event']) })),
  ];
}

function baseOf({ definition, ids }: Outline, graph: TaskGraph): Visible {
  return { definition, graph, ids, before: undefined, names: new Set(), inputs: [] };
}

/** Whether the result of a task can be read at the end of a run: not of one inside a body that runs for every item. */
function isReachable(graph: TaskGraph, id: string): boolean {
  const list = graph.sites.get(id)?.list;
  if (list === undefined || list.kind === 'items') return false;

  return list.container === undefined || isReachable(graph, list.container);
}

function checkTaskTexts(site: TaskSite, base: Visible, order: boolean): readonly Finding[] {
  const texts = taskExpressions(site);
  if (texts.length === 0) return [];
  const { id } = site.task;
  const before = order ? base.graph.before(id) : undefined;
  const inputs = site.list.kind === 'steps' ? afterFailure : [];
  const names = namesAround(site, base.graph);

  return texts.flatMap((text) => {
    const key = text.path[site.path.length];
    const own = new Set([...names, ...(key === 'output' ? ['result'] : [])]);
    // The condition of a loop is read when its body has run.
    const body = key === 'loop_condition' ? [id, ...insideOf(site.task)] : [];
    if (key === 'loop_condition') for (const name of loopNames(site)) own.add(name);
    const seen = before === undefined ? undefined : new Set([...before, ...body]);

    return checkText(text, { ...base, before: seen, names: own, inputs });
  });
}

/** What the bodies around a task add: `item` and `index` of an iteration over items, `loop` of a loop. */
function namesAround(site: TaskSite, graph: TaskGraph): ReadonlySet<string> {
  const names = new Set<string>();
  for (let list = site.list; list.container !== undefined; ) {
    const container = graph.sites.get(list.container);
    if (list.kind === 'items') for (const name of [list.itemName ?? 'item', 'item', 'index']) names.add(name);
    if (list.kind === 'loop' && container !== undefined) for (const name of loopNames(container)) names.add(name);
    if (container === undefined || container === site) break;
    list = container.list;
  }

  return names;
}

function loopNames({ task }: TaskSite): readonly string[] {
  return task.type === 'DO_WHILE' && task.items !== undefined ? ['loop', 'item', 'index'] : ['loop'];
}

function checkText({ kind, text, path }: ExpressionText, visible: Visible): readonly Finding[] {
  const compiled = compile(kind, text);
  if (!compiled.ok) {
    return compiled.problems.map(({ message, offset }) => ({
      code: 'definition.bad-expression',
      message,
      path,
      within: { start: offset, end: offset + 1 },
    }));
  }

  return compiled.references.flatMap((reference) => {
    const fault = checkReference(reference, visible);
    if (fault === undefined) return [];
    const [root = ''] = reference.path;
    const start = text.indexOf(root, Math.max(0, text.indexOf(reference.expression)));
    const whole = reference.path.join('.');
    const length = text.startsWith(whole, start) ? whole.length : root.length;

    return [{ ...fault, path, ...(start < 0 ? {} : { within: { start, end: start + length } }) }];
  });
}

function compile(
  kind: ExpressionText['kind'],
  text: string,
):
  | { readonly ok: true; readonly references: readonly Reference[] }
  | { readonly ok: false; readonly problems: readonly ExpressionProblem[] } {
  if (kind === 'template') {
    const compiled = compileTemplate(text);
    return compiled.ok ? { ok: true, references: compiled.template.references } : compiled;
  }
  const compiled = compileExpression(text);

  return compiled.ok ? { ok: true, references: compiled.expression.references } : compiled;
}
