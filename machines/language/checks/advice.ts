import type { Json } from '../../../events/canonical-json.ts';
import { outboundEvents } from '../../../events/outbound-events.ts';
import { type Definition, parseDefinitionName } from '../../definition.ts';
import { attemptsMax } from '../../task.ts';
import type { Finding } from '../finding.ts';
import { insideOf } from '../graph/task-graph.ts';
import type { Outline, TaskGraph, TaskSite } from '../outline.ts';
import { taskExpressions, workflowExpressions } from '../references/expression-sites.ts';
import { declaredOutputs } from '../references/reference-rules.ts';
import { type OutputRead, outputRead } from '../text/read-text.ts';

/** Outputs that a task declares and nobody reads: a name that was forgotten, or work for nothing. */
export function adviseOutputs(outline: Outline): readonly Finding[] {
  const read = readOutputs(outline);

  return outline.sites.flatMap((site): readonly Finding[] => {
    const unread = outputsOf(site).filter((name) => !read(site, name));
    if (unread.length === 0) return [];
    const names = unread.map((name) => `"${name}"`).join(', ');
    const message = `nobody reads the output${unread.length === 1 ? '' : 's'} ${names}`;

    return [
      {
        code: 'definition.unread-output',
        severity: 'warning',
        message,
        path: [...site.path, 'output'],
        at: 'key',
      },
    ];
  });
}

/** The outputs that are worth a word: not a fixed text such as the path of a receipt, and not what goes to a file. */
function outputsOf({ task }: TaskSite): readonly string[] {
  if ((task.type !== 'SIMPLE' && task.type !== 'TRANSFORM') || task.outputTo !== undefined) return [];
  if (task.output?.kind !== 'map') return declaredOutputs(task) ?? [];

  return Object.entries(task.output.map)
    .filter(([, value]) => JSON.stringify(value).includes('${'))
    .map(([name]) => name);
}

function readOutputs(outline: Outline): (site: TaskSite, name: string) => boolean {
  const { definition, sites, graph } = outline;
  const whole = new Set(
    // The result of a fallback is read under the name of the task it stands in for.
    sites.flatMap(({ task }) => [
      ...task.fallback,
      ...(task.type === 'JOIN' ? [...task.joinOn, ...task.dependsOn] : []),
    ]),
  );
  const single = new Set<string>();
  for (const read of outputReads(outline)) {
    if (read.output === undefined) whole.add(read.task);
    else single.add(`${read.task} ${read.output}`);
  }
  const named = new Set(definition.output.kind === 'names' ? definition.output.names : []);
  const any = new Set([...whole, ...[...single].map((each) => each.slice(0, each.indexOf(' ')))]);

  return ({ task, list }, name) =>
    whole.has(task.id) ||
    single.has(`${task.id} ${name}`) ||
    named.has(name) ||
    holders(list.container, graph).some((id) => any.has(id));
}

/** The tasks that a task stands in: what it gives is part of what they give. */
function holders(container: string | undefined, { sites }: Outline['graph']): readonly string[] {
  const found: string[] = [];
  let next = container;
  while (next !== undefined && !found.includes(next)) {
    found.push(next);
    next = sites.get(next)?.list.container;
  }

  return found;
}

function outputReads({ sites, workflow, readText }: Outline): readonly OutputRead[] {
  const { ending, start, trigger } = workflowExpressions(workflow);

  return [...sites.flatMap(taskExpressions), ...ending, ...start, ...trigger].flatMap((text) => {
    const found = readText(text);
    return (found.ok ? found.references : []).flatMap((reference) => outputRead(reference) ?? []);
  });
}

/** A loop whose condition reads nothing that its body changes ends after the first iteration, or never. */
export function adviseLoops({ sites, readText }: Outline): readonly Finding[] {
  return sites.flatMap((site): readonly Finding[] => {
    const { task, raw, path } = site;
    const text = raw['loop_condition'];
    if (task.type !== 'DO_WHILE' || text === undefined) return [];
    const place = [...path, 'loop_condition'];
    const read = readText({ kind: 'condition', text: String(text) });
    const paths = (read.ok ? read.references : []).map((each) => each.path);
    if (paths.some((each) => changes(each, site, sites))) return [];
    const message = 'the condition reads nothing that the tasks of the loop change, so it never changes';

    return [{ code: 'definition.constant-loop', severity: 'warning', message, path: place }];
  });
}

function changes(path: readonly string[], { task }: TaskSite, sites: readonly TaskSite[]): boolean {
  const [root = '', member, name] = path;
  const inside = new Set([task.id, ...insideOf(task)]);
  if (['loop', 'item', 'index'].includes(root)) return true;
  if (root === 'tasks') return member === undefined || inside.has(member);
  if (root !== 'workflow') return inside.has(root);
  const set = sites.flatMap((site) =>
    site.task.type === 'SET_VARIABLE' && inside.has(site.task.id) ? Object.keys(site.task.variables) : [],
  );

  return member === 'variables' && (name === undefined ? set.length > 0 : set.includes(name));
}

/** A workflow that starts itself has to decide at some point not to. */
export function adviseRecursion({ definition, sites, graph }: Outline): readonly Finding[] {
  return sites.flatMap((site): readonly Finding[] => {
    const { task } = site;
    // A FORK over items is not asked: over an empty list it starts nothing.
    if (task.type !== 'SUB_WORKFLOW' || parseDefinitionName(task.workflow).id !== definition.id) return [];
    if (isDecided(graph, site, new Set())) return [];
    const message = `"${definition.id}" starts itself here, every time and without end; add when, or route to it by a DECISION`;

    return [
      {
        code: 'definition.endless-recursion',
        severity: 'warning',
        message,
        path: [...site.path, 'workflow'],
      },
    ];
  });
}

function isDecided(graph: TaskGraph, { task, list }: TaskSite, seen: Set<string>): boolean {
  if (seen.has(task.id)) return false;
  seen.add(task.id);
  if (task.when !== undefined || list.kind === 'items' || graph.routers(task.id).length > 0) return true;
  const before = [...graph.dependencies(task.id), ...(list.container === undefined ? [] : [list.container])];

  return before.some((id) => {
    const site = graph.sites.get(id);
    return site !== undefined && isDecided(graph, site, seen);
  });
}

/** A decision without a default may take no case at all; the run then goes on without what the cases would start. */
export function adviseDecisions({ sites, definition }: Outline): readonly Finding[] {
  return sites.flatMap(({ task, path }): readonly Finding[] => {
    if (task.type !== 'DECISION' || task.defaultNext !== undefined) return [];
    const sure = new Set(task.cases.filter((each) => each.condition === undefined).map((each) => each.value));
    const listed = enumOf(task.param, definition);
    if (sure.has('true') && sure.has('false')) return [];
    if (listed?.every((value) => sure.has(String(value))) === true) return [];
    const message = 'the cases are not exhaustive: with any other value nothing is started; add a default';

    return [
      {
        code: 'definition.not-exhaustive',
        severity: 'warning',
        message,
        path: [...path, 'decision_cases'],
        at: 'key',
      },
    ];
  });
}

/** The values that an input may have, where it is what decides. */
function enumOf(param: string, { input }: Definition): readonly Json[] | undefined {
  const [, name = ''] = /^workflow\.input\.(\w+)$/.exec(param) ?? [];

  return Object.hasOwn(input, name) ? input[name]?.enum : undefined;
}

/** A workflow that takes every event of a type that its own runs publish starts itself again. */
export function adviseTriggers({ definition, sites }: Outline): readonly Finding[] {
  const { id, triggers } = definition;
  const asks = sites.some(({ task }) => task.type === 'HUMAN' && task.waitForApproval);

  return triggers.flatMap((trigger, index): readonly Finding[] => {
    if (trigger.kind !== 'event' || trigger.when !== undefined) return [];
    const { on } = trigger;
    if (!Object.hasOwn(outboundEvents, on) || (on.startsWith('approval.') && !asks)) return [];
    const message =
      `runs of "${id}" publish ${on} themselves, and so start the next one again and again; ` +
      `add when, such as event.source != "/3ox/${id}"`;

    return [
      {
        code: 'definition.endless-recursion',
        severity: 'warning',
        message,
        path: ['workflow', 'triggers', index, 'on'],
      },
    ];
  });
}

/** Of events of one type that come at once, each would cancel the runs that the others start. */
export function adviseCancelling({ definition, sites }: Outline): readonly Finding[] {
  const { cancelOn = [], triggers } = definition;
  const published = new Map(
    sites.flatMap(({ task }) => (task.type === 'EVENT' ? [[task.event.type, task.id] as const] : [])),
  );
  const own = cancelOn
    .filter(({ event, when }) => when === undefined && published.has(event))
    .map(({ event }) => ({
      code: 'definition.cancels-itself',
      severity: 'warning' as const,
      message: `"${published.get(event) ?? ''}" publishes ${event}, which cancels every run under way, the one that publishes it too; say under "when" which runs are meant`,
      path: ['workflow', 'cancel_on'],
    }));
  const started = new Set(triggers.flatMap((each) => (each.kind === 'event' ? [each.on] : [])));

  const others = cancelOn
    .filter(({ event }) => started.has(event))
    .map(({ event }) => ({
      code: 'definition.cancels-its-start',
      severity: 'warning' as const,
      message: `${event} starts runs as well, and of several that come at once each may cancel the run of another; where the latest counts, write concurrency: {max: 1, when_full: cancel_oldest}`,
      path: ['workflow', 'cancel_on'],
    }));

  return [...own, ...others];
}

/** Tasks that reach outside: attempts that may hang for ever, and effects that nobody undoes. */
export function adviseEffects({ sites }: Outline): readonly Finding[] {
  const undoing = new Set(
    sites.flatMap(({ task }) => (task.compensate === undefined ? [] : [task.compensate])),
  );

  return sites
    .filter(hasEffect)
    .flatMap((site) => [...withoutTimeout(site), ...withoutUndoing(site, undoing)]);
}

function withoutTimeout({ task, path }: TaskSite): readonly Finding[] {
  if (attemptsMax(task.retry) === 1 || isTimed(task)) return [];
  const message =
    'the task is tried again when it fails, but an attempt that hangs never fails; add a timeout';
  const place = [...path, 'retry_policy'];

  return [{ code: 'definition.retry-without-timeout', severity: 'warning', message, path: place, at: 'key' }];
}

function withoutUndoing({ task, path }: TaskSite, undoing: ReadonlySet<string>): readonly Finding[] {
  if (undoing.size === 0 || undoing.has(task.id) || task.compensate !== undefined) return [];
  const message = 'the workflow undoes what it did, but nothing undoes this task; add compensate';

  return [{ code: 'definition.not-compensated', severity: 'warning', message, path: [...path, 'id'] }];
}

function hasEffect({ task }: TaskSite): boolean {
  if (task.type === 'HTTP') return true;

  // The built-in actions are the engine's own: they end by themselves.
  return task.type === 'SIMPLE' && task.performer.kind !== 'uses';
}

function isTimed(task: TaskSite['task']): boolean {
  if (
    task.timeoutMs !== undefined ||
    task.totalTimeoutMs !== undefined ||
    task.heartbeatTimeoutMs !== undefined
  ) {
    return true;
  }
  if (task.type === 'HTTP') return task.request.timeoutMs !== undefined;

  return task.performer.kind === 'run' && task.performer.run.timeoutMs !== undefined;
}

/** Of dependencies of which not all are needed, those that may wait for ever: the run goes on until they are over. */
export function adviseLosers({ sites, graph }: Outline): readonly Finding[] {
  return sites.flatMap(({ task, path }): readonly Finding[] => {
    const dependencies = graph.dependencies(task.id);
    const needed = task.join === 'any' ? 1 : task.join;
    if (typeof needed !== 'number' || needed >= dependencies.length || task.cancelRest === true) return [];
    const endless = dependencies.filter((id) => waitsEndlessly(graph.sites.get(id)));
    if (endless.length === 0) return [];
    const names = endless.map((id) => `"${id}"`).join(' and ');
    const message = `once ${needed === 1 ? 'one' : needed} of them completed the run still waits for ${names}, for ever if nothing comes; add cancel_rest: true, or a timeout there`;

    return [{ code: 'definition.loser-waits', severity: 'warning', message, path: [...path, 'join'] }];
  });
}

function waitsEndlessly(site: TaskSite | undefined): boolean {
  const task = site?.task;
  if (task?.timeoutMs !== undefined || site?.list.container !== undefined) return false;
  if (task?.type === 'HUMAN') return task.waitForApproval;

  return task?.type === 'WAIT' && task.durationMs === undefined && task.until === undefined;
}
