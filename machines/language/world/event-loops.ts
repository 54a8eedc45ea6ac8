import { planOf, type TaskPlace } from '../../chart/plan.ts';
import { type Definition, type EventTrigger, parseDefinitionName } from '../../definition.ts';
import type { Finding } from '../finding.ts';
import type { Outline } from '../outline.ts';
import type { KnownWorld } from './world.ts';

/** An event that runs of a definition publish, and whether each of them does, without anybody in between. */
type Published = { readonly type: string; readonly isSure: boolean };

/** One definition starts another, or itself, by an event. */
type Link = {
  readonly from: Definition;
  readonly type: string;
  readonly to: Definition;
  readonly isSure: boolean;
};

/**
 * Definitions that start themselves by the events that they publish, be it over others. A trigger with a condition or a
 * key may end that, so nothing is said of it; a HUMAN, a WAIT or a decision on the way makes it a warning.
 */
export function checkEventLoops(
  { definition }: Outline,
  { definitions = [] }: KnownWorld,
): readonly Finding[] {
  const { id } = definition;
  const others = definitions.flatMap((each) =>
    each.definition === undefined || each.id === id ? [] : [each.definition],
  );
  const all = [definition, ...latestOf(others)];
  const links = all.flatMap((from) => linksFrom(from, all));

  return definition.triggers.flatMap((trigger, index): readonly Finding[] => {
    if (trigger.kind !== 'event' || !isBare(trigger)) return [];
    const sure = loopBy(
      links.filter(({ isSure }) => isSure),
      definition,
      trigger.on,
    );
    const loop = sure ?? loopBy(links, definition, trigger.on);
    if (loop === undefined) return [];
    const way = loop.map(({ from, type }) => `"${from.id}" publishes ${type}`).join(', which starts ');
    const end = sure === undefined ? 'unless something on the way stops it' : 'without end';
    const message = `runs of "${id}" start the next one ${end}: ${way}, which starts "${id}" again; add when, such as event.source != "/3ox/${loop.at(-1)?.from.id}"`;

    return [
      {
        code: 'definition.event-loop',
        severity: sure === undefined ? 'warning' : 'error',
        message,
        path: ['workflow', 'triggers', index, 'on'],
      },
    ];
  });
}

/** Triggers of the highest version count. */
function latestOf(definitions: readonly Definition[]): readonly Definition[] {
  const latest = new Map<string, Definition>();
  for (const each of definitions) {
    if ((latest.get(each.id)?.version ?? 0) < each.version) latest.set(each.id, each);
  }

  return [...latest.values()];
}

function isBare({ when, dedupeKey }: EventTrigger): boolean {
  return when === undefined && dedupeKey === undefined;
}

function linksFrom(from: Definition, all: readonly Definition[]): readonly Link[] {
  const byId = new Map(all.map((each) => [each.id, each]));
  const published = publishedBy(from, byId, new Set());

  return all.flatMap((to) =>
    published
      .filter(({ type }) =>
        to.triggers.some((each) => each.kind === 'event' && each.on === type && isBare(each)),
      )
      .map(({ type, isSure }) => ({ from, type, to, isSure })),
  );
}

/** Runs that a run starts as a part of it publish as well. */
function publishedBy(
  definition: Definition,
  byId: ReadonlyMap<string, Definition>,
  seen: Set<string>,
): readonly Published[] {
  if (seen.has(definition.id)) return [];
  seen.add(definition.id);
  const plan = planOf(definition);

  return [...plan].flatMap(([id, { task }]): readonly Published[] => {
    const isSure = isCarriedOut(plan, id, new Set());
    if (task.type === 'EVENT' && !task.event.type.includes('${')) return [{ type: task.event.type, isSure }];
    const child = task.type === 'SUB_WORKFLOW' ? byId.get(parseDefinitionName(task.workflow).id) : undefined;
    if (child === undefined) return [];

    return publishedBy(child, byId, seen).map((each) => ({ ...each, isSure: each.isSure && isSure }));
  });
}

/** Whether every run that goes well comes to the task by itself. */
function isCarriedOut(plan: ReadonlyMap<string, TaskPlace>, id: string, seen: Set<string>): boolean {
  const place = plan.get(id);
  if (place === undefined || seen.has(id)) return true;
  seen.add(id);
  const { task, routers, undoes, owner, branch } = place;
  const isAsked = task.when !== undefined || routers.length > 0 || undoes || place.aside === true;
  const isSlow =
    task.type === 'HUMAN' || task.type === 'WAIT' || (task.type === 'FORK' && task.forEach !== undefined);
  if (isAsked || isSlow) return false;
  const before = [...task.dependsOn, ...(owner === undefined ? [] : [owner]), ...(branch?.after ?? [])];

  return before.every((each) => isCarriedOut(plan, each, seen));
}

/** The shortest way from a definition back to itself that ends with an event of the type. */
function loopBy(links: readonly Link[], start: Definition, type: string): readonly Link[] | undefined {
  const ways: (readonly Link[])[] = links.filter(({ from }) => from === start).map((link) => [link]);
  const reached = new Set<Link>(ways.flat());
  for (const way of ways) {
    const last = way.at(-1);
    if (last?.to === start && last.type === type) return way;
    for (const link of links) {
      if (link.from !== last?.to || reached.has(link) || link.from === start) continue;
      reached.add(link);
      // The list grows while it is walked: that is the queue.
      ways.push([...way, link]);
    }
  }

  return undefined;
}
