import type { Json } from '../../../events/canonical-json.ts';
import { operatorToolPrefix } from '../../definition.ts';
import { requesterWord } from '../../task.ts';
import type { Finding } from '../finding.ts';
import { holderIn, listsBeside } from '../graph/task-graph.ts';
import { isMapping } from '../mapping.ts';
import type { Outline, TaskGraph, TaskSite } from '../outline.ts';
import { didYouMean } from '../suggest.ts';
import type { Path } from '../text/yaml-node.ts';

/** Names that expressions know already, and names that cannot be a file on every system. */
const reserved = new Set([
  ...['workflow', 'tasks', 'item', 'index', 'loop', 'event', 'secrets', 'result', 'context', 'now'],
  ...['true', 'false', 'null', 'in', 'has', 'size', 'constructor', 'prototype', 'this', 'undefined'],
  ...['con', 'prn', 'aux', 'nul', ...digits('com'), ...digits('lpt')],
]);

/** More tasks than this are a mistake or an attack. */
const tasksMax = 2000;

type Mention = { readonly name: string; readonly path: Path };

/** Every task that is named exists and is in reach: in the same list, or in a branch of a FORK of that list. */
export function checkReferences(outline: Outline): readonly Finding[] {
  return outline.sites.flatMap((site) =>
    mentions(site).flatMap((mention) => {
      const finding = checkMention(outline, site, mention);
      return finding === undefined ? [] : [finding];
    }),
  );
}

function checkMention({ ids, graph }: Outline, site: TaskSite, { name, path }: Mention): Finding | undefined {
  if (name === site.task.id) {
    const message = `"${name}" names itself: ${name} -> ${name}`;
    return { code: 'definition.cycle', message, path };
  }
  if (!ids.has(name)) {
    const near = [...ids].filter((id) => id !== site.task.id);
    return { code: 'definition.unknown-task', message: `no task "${name}"${didYouMean(name, near)}`, path };
  }
  const other = graph.sites.get(name);
  if (other === undefined) return undefined;
  const isVote = path[site.path.length] === 'approvers';
  if (isVote && other.task.type !== 'HUMAN') {
    const message = `"${name}" is a ${other.task.type} task, which nobody decides: exclude names a HUMAN task, or requester`;
    return { code: 'definition.not-an-approval', message, path };
  }
  if (isVote ? isBeside(graph, site, other) : inReach(graph, site, other, path)) return undefined;
  const message = `the task "${name}" ${outOfReach(graph, site, other)}`;

  return { code: 'definition.foreign-task', message, path };
}

function inReach({ sites }: TaskGraph, site: TaskSite, other: TaskSite, path: Path): boolean {
  if (site.list === other.list) return true;
  const key = path[site.path.length];

  // What follows a FORK, or runs beside it, may wait for single tasks of its branches.
  return (key === 'depends_on' || key === 'join_on') && listsBeside(other.list, sites).includes(site.list);
}

/** Whether two tasks belong to the same pass: those of one list, and of the branches that stand in it. */
function isBeside({ sites }: TaskGraph, one: TaskSite, other: TaskSite): boolean {
  const around = listsBeside(one.list, sites);

  return listsBeside(other.list, sites).some((list) => around.includes(list));
}

/** Why one task cannot name another one, and what to do instead. */
function outOfReach({ sites }: TaskGraph, site: TaskSite, other: TaskSite): string {
  const inner = holderIn(site.list, other, sites);
  if (inner !== undefined) {
    const { id } = inner.task;
    const body = other.list.kind === 'items' || other.list.kind === 'loop';
    return body
      ? `is inside "${id}", which may carry it out many times; name "${id}" instead`
      : `is inside "${id}"; name "${id}" instead`;
  }
  const holder = holderIn(other.list, site, sites);
  if (holder !== undefined) {
    const { id } = holder.task;
    return `is outside of "${id}", in which this task is; let "${id}" wait for it, with depends_on there`;
  }

  return other.list.kind === 'steps' || site.list.kind === 'steps'
    ? 'is outside of this list: a failure workflow is a run of its own'
    : `is outside of this list, inside "${other.list.container ?? ''}"`;
}

function mentions({ raw, path }: TaskSite): readonly Mention[] {
  const lists = [
    'depends_on',
    'parallel_with',
    'join_on',
    'fallback',
    'compensate',
    'default',
    'default_case',
  ];
  const cases = isMapping(raw['decision_cases']) ? Object.entries(raw['decision_cases']) : [];
  const catches = Array.isArray(raw['catch']) ? (raw['catch'] as readonly Json[]) : [];

  return [
    ...lists.flatMap((key) => named(raw[key], [...path, key])),
    ...named(changeTask(raw['on_change']), [
      ...path,
      'on_change',
      ...(isMapping(raw['on_change']) ? ['task'] : []),
    ]),
    ...excluded(raw['approvers'], [...path, 'approvers', 'exclude']),
    ...cases.flatMap(([value, each]) => routed(each, [...path, 'decision_cases', value])),
    ...catches.flatMap((each, index) => routed(each, [...path, 'catch', index])),
  ];
}

function named(value: Json | undefined, path: Path): readonly Mention[] {
  if (typeof value === 'string') return [{ name: value, path }];
  if (Array.isArray(value)) {
    return (value as readonly Json[]).flatMap((each, index) =>
      typeof each === 'string' ? [{ name: each, path: [...path, index] }] : [],
    );
  }

  return routed(value, path);
}

function changeTask(written: Json | undefined): Json | undefined {
  return isMapping(written) ? written['task'] : written;
}

function excluded(approvers: Json | undefined, path: Path): readonly Mention[] {
  const mentioned = isMapping(approvers) ? named(approvers['exclude'], path) : [];

  return mentioned.filter(({ name }) => name !== requesterWord);
}

function routed(value: Json | undefined, path: Path): readonly Mention[] {
  if (!isMapping(value)) return [];

  return ['next', 'next_tasks'].flatMap((key) =>
    isMapping(value[key]) ? [] : named(value[key], [...path, key]),
  );
}

/** Ids are unique in the whole definition, and none of them means something else already. */
export function checkIds({ sites, definition }: Outline): readonly Finding[] {
  const seen = new Map<string, TaskSite>();
  const findings: Finding[] = [...toolName(definition)];
  for (const site of sites) {
    const { id } = site.task;
    const path = [...site.path, 'id'];
    const first = seen.get(id);
    if (first !== undefined) {
      const message = `the id "${id}" is given to two tasks`;
      findings.push({ code: 'definition.duplicate-id', message, path, first: [...first.path, 'id'] });
    } else if (reserved.has(id)) {
      findings.push({ code: 'definition.reserved-id', message: `"${id}" is a reserved name`, path });
    }
    if (first === undefined) seen.set(id, site);
  }
  const over = sites[tasksMax];
  if (over !== undefined) {
    findings.push({
      code: 'definition.too-many-tasks',
      message: `more than ${tasksMax} tasks`,
      path: over.path,
    });
  }

  return findings;
}

/** A later release may have a tool of any name that begins so. */
function toolName({ id, expose }: Outline['definition']): readonly Finding[] {
  if (expose?.mcp !== true || !id.startsWith(operatorToolPrefix)) return [];
  const message = `a definition that is a tool of the MCP server is not called "${id}": names that begin with ${operatorToolPrefix} are those of its own tools; give it another id`;

  return [{ code: 'definition.reserved-id', message, path: ['workflow', 'id'], sinceAccepted: true }];
}

function digits(name: string): readonly string[] {
  return Array.from({ length: 10 }, (_, digit) => `${name}${digit}`);
}
