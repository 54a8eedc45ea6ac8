import type { Json } from '../../../events/canonical-json.ts';
import type { DecisionTask } from '../../task.ts';
import type { Outline, OutlineRouter, TaskSite } from '../outline.ts';
import { type Budget, type Choose, Impossible, spendOn } from './choices.ts';
import {
  evaluatePossible,
  holdsPossibly,
  Missing,
  type PossibleWorld,
  type Value,
} from './evaluate-possible.ts';
import type { Compared, ReadParts } from './expression-trees.ts';
import { type Fate, failuresOf, keepsOutput, settledBefore } from './fates.ts';

/** What stays the same over all plays of a definition. */
export type Stage = Pick<Outline, 'definition' | 'graph'> & {
  readonly read: ReadParts;
  readonly compared: Compared;
  /** Tasks that complete with their output in every run that gets that far. */
  readonly firm: ReadonlySet<string>;
  /** The tasks that are settled for sure when one begins. */
  readonly before: (id: string) => ReadonlySet<string>;
  /** The tasks that have completed whenever one begins. */
  readonly done: (id: string) => ReadonlySet<string>;
};

/** Where in a definition an expression stands. */
export type ExpressionPlace = {
  /** The task that it belongs to; absent at the end of the run. */
  readonly task?: string;
  /** Names besides those known everywhere. */
  readonly names: ReadonlySet<string>;
  /** The tasks of the body that has just been carried out. */
  readonly body?: ReadonlySet<string>;
  /** The task that it undoes, which has completed; of others it is known only what was before that one. */
  readonly undoes?: string;
  /** It reads what stands in for a failed task: that has completed. */
  readonly replaces?: boolean;
};

type Route = { readonly name: string; readonly next: readonly string[]; readonly value: Value };

/** One way that a run of the definition may go, found out as far as somebody asks. */
export type PossibleRun = {
  readonly stage: Stage;
  readonly choose: Choose;
  readonly worldOf: (at: ExpressionPlace) => PossibleWorld;
  readonly outcomes: Map<string, Fate>;
  readonly routes: Map<string, Route>;
  /** Why a task has no output, in words. */
  readonly reasons: Map<string, string>;
  /** Open values that were taken for true or false, and what they are made of. */
  readonly notes: Map<string, readonly string[]>;
  /** Paths whose values were chosen, with the values. */
  readonly picked: Map<string, string>;
  readonly under: Set<string>;
  readonly budget: Budget;
};

/** The deepest chain of tasks whose outcomes hang on each other. */
const depthMax = 200;

const nowhere: ReadonlySet<string> = new Set();

/** What becomes of a task in the play. */
export function fateIn(play: PossibleRun, id: string): Fate {
  if (play.stage.firm.has(id)) return 'completed';
  const known = play.outcomes.get(id);
  if (known !== undefined) return known;
  const site = play.stage.graph.sites.get(id);
  if (site === undefined || play.under.has(id) || play.under.size > depthMax) throw new Impossible(id);
  spendOn(play.budget);
  play.under.add(id);
  const reason = hindrance(play, id);
  if (reason !== undefined) play.reasons.set(id, reason);
  const outcome = reason === undefined ? fateOf(play, site) : 'skipped';
  play.under.delete(id);
  play.outcomes.set(id, outcome);

  return outcome;
}

/** Whether the task has completed, be it with errors. */
export function isDone(outcome: Fate): boolean {
  return outcome === 'completed' || outcome === 'empty' || outcome === 'replaced';
}

/** Why a task is skipped in the play, in words; undefined when it is carried out. */
export function hindrance(play: PossibleRun, id: string): string | undefined {
  const site = play.stage.graph.sites.get(id);
  if (site === undefined) throw new Impossible(id);

  return unstarted(play, site) ?? unmet(play, site);
}

/** The same without its own condition. */
export function unstarted(play: PossibleRun, site: TaskSite): string | undefined {
  return aroundOf(play, site) ?? unrouted(play, site.task.id) ?? joinOf(play, site);
}

function aroundOf(play: PossibleRun, { list }: TaskSite): string | undefined {
  return list.container === undefined || list.kind === 'steps' ? undefined : hindrance(play, list.container);
}

function unrouted(play: PossibleRun, id: string): string | undefined {
  const routers = play.stage.graph.routers(id);
  if (routers.length === 0) return undefined;
  if (routers.some((router) => chose(play, router, id))) return undefined;
  const decision = routers.find(({ kind }) => kind === 'decision');
  if (decision === undefined) return `"${routers[0]?.id ?? ''}" did not fail`;

  return reasonOf(play, decision.id) ?? `the decision "${decision.id}" takes another way`;
}

function chose(play: PossibleRun, router: OutlineRouter, id: string): boolean {
  if (router.kind === 'compensate') return false;
  const outcome = fateIn(play, router.id);
  if (router.kind === 'decision') {
    return outcome === 'completed' && routeOf(play, router.id).next.includes(id);
  }

  return router.kind === 'fallback'
    ? outcome === 'replaced'
    : outcome === 'caught' && play.reasons.get(`caught ${router.id}`) === id;
}

/** The way that a decision takes. */
export function routeOf(play: PossibleRun, id: string): Route {
  const known = play.routes.get(id);
  if (known !== undefined) return known;
  const task = play.stage.graph.sites.get(id)?.task;
  if (task?.type !== 'DECISION') throw new Impossible(id);
  const value = soundly(() => evaluated(play, id, task.param));
  const selected = selectedBy(play, value, task);
  const taken = task.cases.find(
    (each) =>
      each.value === selected &&
      (each.condition === undefined || soundly(() => conditionOf(play, id, each.condition ?? ''))),
  );
  const route =
    taken === undefined
      ? { name: task.defaultNext === undefined ? 'NO_MATCH' : 'default', next: task.defaultNext ?? [], value }
      : { name: taken.value, next: taken.next, value };
  play.routes.set(id, route);

  return route;
}

/** The case that the value of a decision stands for. */
function selectedBy(
  { notes, choose }: PossibleRun,
  value: Value,
  { cases }: DecisionTask,
): string | undefined {
  if (value.kind === 'json') return textOf(value.value);
  if (value.kind === 'place') throw new Impossible('no case');
  notes.set(value.key, value.sources);

  return choose(`case of ${value.key}`, [...cases.map((each) => each.value), undefined]);
}

/** Whether the value of a decision may select a case, whatever the conditions are. */
export function selects(play: PossibleRun, task: DecisionTask, selected: string): boolean {
  const value = soundly(() => evaluated(play, task.id, task.param));

  return selectedBy(play, value, task) === selected;
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function joinOf(play: PossibleRun, site: TaskSite): string | undefined {
  const { task } = site;
  const dependencies = play.stage.graph.dependencies(task.id);
  if (dependencies.length === 0) return undefined;
  const earlier = earlierInBranch(play.stage, site);
  if (earlier !== undefined) return failedBefore(play, earlier);
  if (task.join === 'all_done') return undefined;
  const needed = typeof task.join === 'number' ? task.join : 1;
  let done = 0;
  for (const id of dependencies) {
    if (!isDone(fateIn(play, id))) continue;
    if (play.stage.graph.sites.get(id)?.task.type === 'TERMINATE') throw new Impossible('the run is over');
    done += 1;
  }
  const other = dependencies.find((id) => !isDone(fateIn(play, id)));

  return done >= needed ? undefined : reasonOf(play, other ?? '');
}

function reasonOf(play: PossibleRun, id: string): string | undefined {
  const outcome = fateIn(play, id);
  if (outcome === 'completed') return undefined;
  const reason = play.reasons.get(id);
  const what = outcome === 'skipped' ? 'skipped' : 'not completed';

  return `"${id}" is ${what}${reason === undefined ? '' : `, as ${reason}`}`;
}

/** The tasks of its branch that a task follows, where it says nothing else about when it begins. */
function earlierInBranch({ graph }: Stage, { task, list }: TaskSite): readonly string[] | undefined {
  const fork = list.kind === 'branch' ? graph.sites.get(list.container ?? '')?.task : undefined;
  if (fork?.type !== 'FORK' || task.dependsOn.length !== 1 || task.join !== 'all') return undefined;
  const branch = fork.branches?.find((tasks) => tasks.some(({ id }) => id === task.id)) ?? [];
  const ids = branch.map(({ id }) => id);
  const after = ids.slice(0, ids.indexOf(task.id)).filter((id) => !standsBy(graph.routers(id)));

  return after.at(-1) === task.dependsOn[0] ? after : undefined;
}

function standsBy(routers: readonly OutlineRouter[]): boolean {
  return routers.some(({ kind }) => kind !== 'decision');
}

function failedBefore(play: PossibleRun, earlier: readonly string[]): string | undefined {
  const failed = earlier.find((id) => ['caught', 'failed'].includes(fateIn(play, id)));

  return failed === undefined ? undefined : `"${failed}" failed`;
}

function unmet(play: PossibleRun, { task }: TaskSite): string | undefined {
  const { when, id } = task;
  if (when === undefined || soundly(() => conditionOf(play, id, when))) return undefined;

  return `its "when" is false: ${when}`;
}

function evaluated(play: PossibleRun, task: string, text: string): Value {
  const [part] = play.stage.read({ kind: 'condition', text }).parts;
  if (part === undefined) throw new Impossible(text);

  return evaluatePossible(part.node, play.worldOf({ task, names: nowhere }));
}

/** Whether a condition of a task holds in the play. */
function conditionOf(play: PossibleRun, task: string, text: string): boolean {
  const [part] = play.stage.read({ kind: 'condition', text }).parts;
  if (part === undefined) throw new Impossible(text);

  return holdsPossibly(part.node, play.worldOf({ task, names: nowhere }));
}

/** What reads something that is not there fails, and so does the run: nothing comes after that. */
export function soundly<Result>(evaluate: () => Result): Result {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof Missing) throw new Impossible(error.message);
    throw error;
  }
}

function fateOf(play: PossibleRun, site: TaskSite): Fate {
  const { task } = site;
  const failures = failuresOf(play.stage.graph, site);
  if (failures.length === 0) return 'completed';
  const fate = play.choose(`fate of ${task.id}`, [...failures, undefined]);
  if (fate === undefined) return 'completed';
  if (fate.caughtBy !== undefined) play.reasons.set(`caught ${task.id}`, fate.caughtBy);
  play.reasons.set(task.id, fate.reason);

  return fate.outcome;
}

/** What a task has come to where an expression is evaluated. */
export function fateAt(play: PossibleRun, at: ExpressionPlace, id: string): Fate {
  const { graph } = play.stage;
  if (at.replaces === true || isDoneBefore(play.stage, at, id)) return 'completed';
  if (at.undoes !== undefined) return fateAtUndoing(play, at.undoes, id);
  if (at.task !== undefined && graph.sites.get(id)?.task.fallback.includes(at.task) === true) {
    play.reasons.set(id, 'it failed');
    return 'failed';
  }
  if (at.task === undefined || at.body?.has(id) === true || isSettledAt(play, at.task, id)) {
    return fateIn(play, id);
  }
  play.reasons.set(id, `"${at.task}" does not wait for all that comes before it`);

  return 'pending';
}

/** A run may be cancelled as soon as what is undone has completed. What undoes may have tasks inside. */
function fateAtUndoing(play: PossibleRun, undone: string, id: string): Fate {
  const { stage } = play;
  if (id === undone || undoneBy(stage.graph, id).length > 0) return 'completed';
  if (isSettledAt(play, undone, id) || isAtOnce(stage, id)) return fateIn(play, id);
  play.reasons.set(id, `"${undone}" may have to be undone before that`);

  return 'pending';
}

/** What a task undoes, by itself or as a part of a task that does; none where it is there for anything else. */
export function undoneBy(graph: Stage['graph'], id: string): readonly string[] {
  const routers = graph.routers(id);
  if (routers.length > 0 && routers.every(({ kind }) => kind === 'compensate')) {
    return routers.map((router) => router.id);
  }
  const container = graph.sites.get(id)?.list.container;

  return container === undefined ? [] : undoneBy(graph, container);
}

const instant: ReadonlySet<string> = new Set(['TRANSFORM', 'SET_VARIABLE', 'NOOP', 'DECISION', 'JOIN']);

/** Whether nothing that takes time comes before the end of a task that always completes. */
function isAtOnce(stage: Stage, id: string): boolean {
  const { graph, firm } = stage;
  const type = graph.sites.get(id)?.task.type ?? '';

  return firm.has(id) && instant.has(type) && graph.dependencies(id).every((each) => isAtOnce(stage, each));
}

function isDoneBefore(
  { graph, done }: Stage,
  { task: reader, undoes }: ExpressionPlace,
  id: string,
): boolean {
  const task = undoes ?? reader;

  return task !== undefined && keepsOutput(graph, id) && done(task).has(id);
}

function isSettledAt(play: PossibleRun, task: string, id: string): boolean {
  if (play.stage.before(task).has(id)) return true;

  return settledBefore(play.stage.graph, task, (each) => awaitedIn(play, each)).has(id);
}

/** Of the dependencies of a task that does not wait for all of them, those that it has waited for in the play. */
function awaitedIn(play: PossibleRun, id: string): readonly string[] {
  const dependencies = play.stage.graph.dependencies(id);
  const join = play.stage.graph.sites.get(id)?.task.join;
  if (typeof join !== 'number') {
    const first = play.choose(`first of ${id}`, dependencies);
    if (!isDone(fateIn(play, first))) throw new Impossible(first);
    return [first];
  }
  const late = play.choose(`late for ${id}`, dependencies);
  const others = dependencies.filter((each) => each !== late);
  if (others.filter((each) => isDone(fateIn(play, each))).length < join) throw new Impossible(late);

  return others;
}

/** Whether what was assumed in a play may contradict itself: of open values it is not known how they hang together. */
export function isDoubtful({ notes, picked }: PossibleRun): boolean {
  const seen: string[] = [];
  for (const [key, sources] of notes) {
    const others = sources.filter((source) => source !== key);
    if (sources.some((source) => seen.some((each) => overlap(each, source)))) return true;
    if (others.some((source) => [...picked.keys()].some((each) => overlap(each, source)))) return true;
    seen.push(...sources);
  }

  return false;
}

function overlap(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`);
}
