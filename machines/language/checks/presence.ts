import type { InputProperty } from '../../definition.ts';
import type { TerminateTask } from '../../task.ts';
import type { Finding } from '../finding.ts';
import { insideOf } from '../graph/task-graph.ts';
import type { Outline, TaskSite } from '../outline.ts';
import { type Budget, firstPlay } from '../presence/choices.ts';
import { evaluatePossible, Missing } from '../presence/evaluate-possible.ts';
import { comparedValues, createPartsReader, type ExpressionPart } from '../presence/expression-trees.ts';
import { doneBefore, type Fate, firmTasks, isPreparedToFail, settledBefore } from '../presence/fates.ts';
import {
  type ExpressionPlace,
  fateIn,
  hindrance,
  isDoubtful,
  type PossibleRun,
  type Stage,
  selects,
  undoneBy,
  unstarted,
} from '../presence/play.ts';
import { newPossibleRun } from '../presence/world.ts';
import { taskExpressions, workflowExpressions } from '../references/expression-sites.ts';
import { namesInScope } from '../references/known-outputs.ts';
import type { ExpressionText } from '../text/read-text.ts';

/** How much is looked at for one expression, and for a whole definition. */
const lookedAtMax = 4_000;

const budgetMax = 60_000;

/** Places in one expression that are told. */
const toldMax = 4;

/**
 * No expression reads what may not be there when it is evaluated: an optional input that was left out, the output of a
 * task that was skipped or failed. Each finding rests on a play that leads there, so what is guarded is never reported.
 * Expects a definition without cycles whose references are all known.
 */
export function checkPresence(outline: Outline): readonly Finding[] {
  const look = lookOf(outline);
  const { ending, start } = workflowExpressions(outline.workflow);

  return [
    ...outline.sites.flatMap((site) => ofTask(look, site)),
    ...ending.flatMap((text) => ofText(look, text, { names: new Set() }, completes)),
    ...start.flatMap((text) => ofText(look, text, { names: new Set() }, () => true)),
  ];
}

type Look = { readonly stage: Stage; readonly budget: Budget };

function lookOf({ definition, graph, sites }: Outline): Look {
  const read = createPartsReader();
  const before = remembered((id) => settledBefore(graph, id, () => []));
  const done = remembered((id) => doneBefore(graph, id));
  const compared = comparedValues({ sites }, read);

  return {
    stage: { definition, graph, read, compared, firm: firmTasks(graph), before, done },
    budget: { left: budgetMax },
  };
}

function remembered(find: (id: string) => ReadonlySet<string>): (id: string) => ReadonlySet<string> {
  const known = new Map<string, ReadonlySet<string>>();

  return (id) => {
    const found = known.get(id) ?? find(id);
    known.set(id, found);

    return found;
  };
}

/** Whether the expression is evaluated at all in the play. */
type Gate = (play: PossibleRun) => boolean;

function ofTask(look: Look, site: TaskSite): readonly Finding[] {
  const { task, list, path } = site;
  // The steps of a failure workflow are checked as the run of their own that they are.
  if (list.kind === 'steps' || isPreparedToFail(site.task)) return [];
  const undone = undoneBy(look.stage.graph, task.id);

  return taskExpressions(site).flatMap((text) => {
    const key = String(text.path[path.length]);
    const at: ExpressionPlace = {
      task: task.id,
      names: new Set(namesInScope(site, key, look.stage.graph).keys()),
      ...(key === 'loop_condition' ? { body: new Set(insideOf(task)) } : {}),
    };
    if (undone.length > 0) {
      return undone.flatMap((undoes) =>
        ofText(look, text, { ...at, undoes }, (play) => wasDone(play, undoes)),
      );
    }
    const value = String(text.path[path.length + 1]);

    return ofText(look, text, at, (play) => isUnder(play, task.id) && isReached(play, site, { key, value }));
  });
}

/** Whether a task that is undone had completed by itself. */
function wasDone(play: PossibleRun, undone: string): boolean {
  return isUnder(play, undone) && fateIn(play, undone) === 'completed';
}

function isReached(
  play: PossibleRun,
  site: TaskSite,
  { key, value }: { readonly key: string; readonly value: string },
): boolean {
  const { task } = site;
  if (key === 'when') return unstarted(play, site) === undefined;
  if (hindrance(play, task.id) !== undefined) return false;

  return key !== 'decision_cases' || task.type !== 'DECISION' || selects(play, task, value);
}

/** Whether the run still goes on: no TERMINATE ended it before. */
function isUnder(play: PossibleRun, task: string): boolean {
  const { graph, before } = play.stage;
  const settled = before(task);

  return [...graph.sites.values()].every(({ task: each }) => {
    const { id } = each;
    if (each.type !== 'TERMINATE' || id === task || !endsRunOf(graph, each, task)) return true;
    const parents = [...graph.dependencies(id), ...graph.routers(id).map((router) => router.id)];
    return !parents.every((parent) => settled.has(parent)) || fateIn(play, id) !== 'completed';
  });
}

/** One that ends only the body that it is in ends nothing for a task outside of that. */
function endsRunOf(graph: Stage['graph'], { id, scope }: TerminateTask, task: string): boolean {
  if (scope !== 'body') return true;
  const container = graph.sites.get(id)?.list.container;

  return insideOf(graph.sites.get(container ?? '')?.task).includes(task);
}

/** Whether the run completes without having been ended by a task. */
function completes(play: PossibleRun): boolean {
  return [...play.stage.graph.sites.values()].every(
    ({ task, list }) =>
      task.type !== 'TERMINATE' ||
      task.scope === 'body' ||
      list.kind === 'steps' ||
      fateIn(play, task.id) !== 'completed',
  );
}

function ofText(look: Look, text: ExpressionText, at: ExpressionPlace, gate: Gate): readonly Finding[] {
  return look.stage.read(text).parts.flatMap((part) => {
    const told = new Set<string>();
    const findings: Finding[] = [];
    while (findings.length < toldMax) {
      const found = firstMissing(look, part, { at, gate, told });
      if (found === undefined) break;
      told.add(found.path);
      findings.push(findingOf(found, part, text));
    }

    return findings;
  });
}

type Found = {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly otherwise: string;
  /** It is there, and null. */
  readonly isNull: boolean;
};

type Asked = { readonly at: ExpressionPlace; readonly gate: Gate; readonly told: ReadonlySet<string> };

function firstMissing({ stage, budget }: Look, part: ExpressionPart, asked: Asked): Found | undefined {
  const own = { left: Math.min(budget.left, lookedAtMax) };
  const before = own.left;
  const found = firstPlay((choose) => missingIn(newPossibleRun(stage, choose, own), part, asked), own);
  budget.left -= before - own.left;

  return found;
}

function missingIn(play: PossibleRun, { node }: ExpressionPart, asked: Asked): Found | undefined {
  const { at, gate, told } = asked;
  try {
    evaluatePossible(node, play.worldOf(at));
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    const path = error.path.join('.');
    if (told.has(path) || !gate(play) || isDoubtful(play)) return undefined;
    const { start, end } = error.node;
    return { path, start, end, isNull: error.isNull, ...toldOf(play, at, error.path) };
  }

  return undefined;
}

function findingOf(found: Found, { source, offset }: ExpressionPart, { path }: ExpressionText): Finding {
  const written = source.slice(found.start, found.end).trim();
  const optional = written.replace(/\.(\w+)$/, '.?$1').replace(/\[([^[\]]+)\]$/, '[?$1]');
  const isWhole = !/^\s*[.[]/.test(source.slice(found.end));
  const fix = `${optional}.orValue(${found.otherwise})`;
  const start =
    found.start + offset + (source.slice(found.start).length - source.slice(found.start).trimStart().length);

  const within = { start, end: start + written.length };
  if (found.isNull) {
    const message = `${found.message}, and this fails over null; ask for it first: ${written} != null`;
    // What was left out on purpose, such as by an importer, may never be left out in practice.
    return { ...{ code: 'definition.may-be-absent', severity: 'warning' }, message, path, within };
  }

  return {
    code: 'definition.may-be-absent',
    sinceAccepted: true,
    message: `${found.message}; read it as ${isWhole ? fix : `${optional} with orValue(...) at the end`}, or ask for it first`,
    path,
    within,
    ...(isWhole ? { fix } : {}),
  };
}

const states: Readonly<Record<Fate, string>> = {
  completed: 'did not give it',
  empty: 'has no output',
  replaced: 'did not give it',
  caught: 'has no output',
  failed: 'has no output',
  skipped: 'is skipped',
  pending: 'has no output yet',
};

/** The way to the absence, in words, and what may be given instead. */
function toldOf(
  play: PossibleRun,
  { task }: ExpressionPlace,
  path: readonly string[],
): { readonly message: string; readonly otherwise: string } {
  const [root = '', member = '', name = ''] = path[0] === 'tasks' ? path.slice(1) : path;
  const what = path.join('.');
  if (root === 'workflow') return ofWorkflow(play, member, { name, what });
  const reader = task === undefined ? 'the run completes' : `"${task}" starts`;
  if (member === 'error') {
    return {
      message: `${root}.error may be null: ${reader} also when "${root}" did not fail`,
      otherwise: 'null',
    };
  }
  const inner = play.outcomes.get(name) !== undefined && play.reasons.has(name) ? name : root;
  const outcome = play.outcomes.get(inner);
  const state = outcome === undefined ? 'did not give it' : states[outcome];
  const reason = play.reasons.get(inner);
  const values = [...play.picked].slice(0, 3).map(([key, value]) => `${key}: ${value}`);
  const given = values.length === 0 ? '' : ` (${values.join(', ')})`;

  return {
    message: `${what} may be absent: ${reader} also when "${inner}" ${state}${reason === undefined ? '' : `, as ${reason}`}${given}`,
    otherwise: 'null',
  };
}

function ofWorkflow(
  { stage }: PossibleRun,
  member: string,
  { name, what }: { readonly name: string; readonly what: string },
): { readonly message: string; readonly otherwise: string } {
  if (member === 'variables') {
    const message = `${what} may be absent: no SET_VARIABLE that sets it has to be done by then, and it has no first value under "variables"`;
    return { message, otherwise: 'null' };
  }
  if (what !== `workflow.input.${name}` && name === 'original_outputs') {
    const message = `${what} may be absent: the run may have failed before that task completed`;
    return { message, otherwise: 'null' };
  }
  const property = stage.definition.input[name];
  const why =
    property?.default === null
      ? 'is null when it is left out, and null has no members'
      : 'may be absent: it is an optional input without a default';

  return { message: `workflow.input.${name} ${why}`, otherwise: emptyOf(property?.type) };
}

function emptyOf(type: InputProperty['type']): string {
  switch (type) {
    case 'string':
      return "''";
    case 'number':
    case 'integer':
      return '0';
    case 'boolean':
      return 'false';
    case 'array':
      return '[]';
    case 'object':
      return '{}';
    default:
      return 'null';
  }
}
