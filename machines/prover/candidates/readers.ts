import type { Json } from '../../../events/canonical-json.ts';
import type { Chart } from '../../chart/chart.ts';
import { bodyTasks, type TaskPlace } from '../../chart/plan.ts';
import type { TaskTemplates } from '../../chart/templates.ts';
import type { Reference } from '../../expressions/outcome.ts';
import { templateParts } from '../../language/references/type-rules.ts';

/** By its source, the tasks on whose way it depends what the source gives, through whatever is made of it. */
export function readersOf(chart: Chart): (source: string) => ReadonlySet<string> {
  const { plan, templates } = chart;
  const readers = new Map<string, Set<string>>();
  const makes = new Map<string, Set<string>>();
  for (const [id, place] of plan) {
    const own = templates.get(id);
    if (own === undefined) continue;
    for (const source of sourcesOf(decisive(own), place, chart)) add(readers, source, id);
    for (const source of madeFrom(place, own, chart)) add(makes, source, id);
    const set = own.variables === undefined ? [] : sourcesOf([own.variables], place, chart);
    for (const source of set) add(makes, source, 'variables');
  }
  for (const source of sourcesIn(chart.variables.references, plan)) add(makes, source, 'variables');
  for (const source of ofRun(chart)) for (const id of plan.keys()) add(readers, source, id);
  const known = new Map<string, ReadonlySet<string>>();

  return (source) => {
    const found =
      known.get(source) ?? new Set(through(source, makes).flatMap((each) => [...(readers.get(each) ?? [])]));
    known.set(source, found);

    return found;
  };
}

/** What the output of the run is made from when all tasks are settled: until then each of them has it kept. */
function ofRun({ output, plan }: Chart): readonly string[] {
  return output === undefined || !mayFail(output.source) ? [] : sourcesIn(output.references, plan);
}

/** The source and all that is made of it, one from another. */
function through(source: string, makes: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const seen = new Set([source]);
  for (const each of seen) for (const made of makes.get(each) ?? []) seen.add(made);

  return [...seen];
}

function add(sets: Map<string, Set<string>>, key: string, value: string): void {
  sets.set(key, (sets.get(key) ?? new Set()).add(value));
}

type Compiled = { readonly source: Json; readonly references: readonly Reference[] };

/** The expressions that decide the way of a task, and those that it evaluates and that fail for some values. */
function decisive(templates: TaskTemplates): readonly Compiled[] {
  const { when, param, cases, list, loopCondition, until, match, names } = templates;

  return [
    ...[when, param, ...cases.values(), list, loopCondition, until, match, names].flatMap(
      (each) => each ?? [],
    ),
    ...evaluated(templates).filter(({ source }) => mayFail(source)),
  ];
}

/** What a task evaluates itself to be settled; an expression that fails there fails the task. */
function evaluated({ output, variables, reason, outputTo }: TaskTemplates): readonly Compiled[] {
  return [output, variables, reason, outputTo].flatMap((each) => each ?? []);
}

/** Whether more is done with what is read than to hand it on. */
function mayFail(source: Json): boolean {
  if (typeof source === 'string') {
    return templateParts(source).parts.some(
      (part) => !/^\s*[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\s*$/.test(part.source),
    );
  }

  return typeof source === 'object' && source !== null && Object.values(source).some(mayFail);
}

type Plan = Chart['plan'];

/** What the output of a task is made from by the engine. A result that comes from outside is made from nothing. */
function madeFrom(place: TaskPlace, templates: TaskTemplates, chart: Chart): readonly string[] {
  const { task, branches = [] } = place;
  const made = [...sourcesOf(evaluated(templates), place, chart), ...task.fallback];
  switch (task.type) {
    case 'DECISION':
      return [...made, ...sourcesOf(templates.param === undefined ? [] : [templates.param], place, chart)];
    case 'JOIN':
      return [...made, ...task.joinOn, ...task.dependsOn];
    case 'FORK':
    case 'DO_WHILE':
      return [
        ...made,
        ...branches.flat(),
        ...(bodyTasks(task) ?? []).map(({ id }) => id),
        ...sourcesOf(decisive(templates), place, chart),
      ];
    default:
      return made;
  }
}

function sourcesOf(
  compiled: readonly Compiled[],
  { task, owner }: TaskPlace,
  chart: Chart,
): readonly string[] {
  const references = compiled.flatMap((each) => each.references);
  const own = sourcesIn(references, chart.plan);
  const isAboutItem = references.some(
    ({ path: [root = ''] }) => !chart.plan.has(root) && !known.includes(root),
  );
  const holder = task.type === 'DO_WHILE' ? task.id : owner;

  return isAboutItem && holder !== undefined ? [...own, ...listsAround(holder, chart)] : own;
}

const known: readonly string[] = ['workflow', 'tasks', 'secrets', 'loop', 'result', 'signal', 'event'];

/** What the lists are made from whose items can be seen in the body of a task. */
function listsAround(holder: string, chart: Chart): readonly string[] {
  const list = chart.templates.get(holder)?.list;
  const owner = chart.plan.get(holder)?.owner;
  const own = list === undefined ? [] : sourcesIn(list.references, chart.plan);

  return owner === undefined ? own : [...own, ...listsAround(owner, chart)];
}

function sourcesIn(references: readonly Reference[], plan: Plan): readonly string[] {
  return references.flatMap(({ path: [root = '', ...rest] }) => {
    if (root === 'workflow') return workflowSources(rest[0]);
    const [id, member] = root === 'tasks' ? rest : [root, rest[0]];
    if (id === undefined) return [...plan.keys()];

    return plan.has(id) && member !== 'status' ? [id] : [];
  });
}

function workflowSources(member: string | undefined): readonly string[] {
  if (member === undefined) return ['input', 'variables'];

  return member === 'input' || member === 'variables' ? [member] : [];
}
