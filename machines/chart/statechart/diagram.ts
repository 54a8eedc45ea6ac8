import type { ConfigJson, ConfigObject } from './implementations.ts';

/** A state as it is drawn; those of one `parent` stand inside of it. */
export type DiagramState = {
  readonly id: string;
  readonly label: string;
  readonly parent?: string;
  /** `parallel`: all states inside are entered at once; `compound`: one of them is. */
  readonly kind: 'atomic' | 'final' | 'compound' | 'parallel';
  readonly isInitial: boolean;
  /** The task whose region this is, or whose state: one in its region. */
  readonly task?: string;
};

/** An arrow, with the events that lead along it, each under its guard. */
export type DiagramTransition = {
  readonly from: string;
  readonly to: string;
  readonly events: readonly GuardedEvent[];
};

type GuardedEvent = { readonly event: string; readonly guard?: string };

export type Diagram = {
  readonly states: readonly DiagramState[];
  readonly transitions: readonly DiagramTransition[];
};

/** The events of an arrow as they are written beside it, each with its guard in brackets. */
export function labelOf({ events }: DiagramTransition): string {
  return events.map(({ event, guard }) => (guard === undefined ? event : `${event} [${guard}]`)).join(', ');
}

/**
 * The states and arrows of a machine, from its configuration. The body of a task stands inside of the state in which
 * it is worked on. How a run is brought back to where it was is left out: it leads from everywhere to everywhere.
 */
export function diagramOf(config: ConfigObject): Diagram {
  const states: DiagramState[] = [];
  const arrows = new Map<string, DiagramTransition>();
  const draw = (node: ConfigObject, { key, id, ...around }: Place): void => {
    const inner = innerOf(node);
    const { task: region } = objectOf(node['meta']);
    const { region: owner, ...place } = around;
    const task = region ?? owner;
    states.push({
      ...{ id, label: key, kind: kindOf(node, inner), ...place },
      ...(typeof task === 'string' ? { task } : {}),
    });
    for (const { target, ...event } of targetsOf(node)) {
      const to = target.startsWith('.') ? id + target.replace('.', '/') : siblingOf(place.parent, target);
      const name = `${id} ${to}`;
      arrows.set(name, { from: id, to, events: [...(arrows.get(name)?.events ?? []), event] });
    }
    for (const [each, child] of Object.entries(inner)) {
      const isInitial = node['initial'] === each;
      draw(child, { key: each, id: `${id}/${each}`, parent: id, isInitial, region });
    }
  };
  const { id } = config;
  draw(config, {
    key: typeof id === 'string' ? id : 'run',
    id: 'machine',
    isInitial: false,
    region: undefined,
  });

  return { states, transitions: [...arrows.values()] };
}

/** Where a state is drawn; `region`: the task in whose region it stands. */
type Place = Pick<DiagramState, 'id' | 'parent' | 'isInitial'> & {
  readonly key: string;
  readonly region: ConfigJson | undefined;
};

function innerOf(node: ConfigObject): Readonly<Record<string, ConfigObject>> {
  const body = objectOf(objectOf(node['meta'])['body']);
  const inside = Object.entries({ ...objectOf(node['states']), ...objectOf(body['states']) });

  return Object.fromEntries(inside.map(([key, child]) => [key, objectOf(child)]));
}

function kindOf(node: ConfigObject, inner: object): DiagramState['kind'] {
  if (node['type'] === 'final') return 'final';
  if (Object.keys(inner).length === 0) return 'atomic';

  return node['initial'] === undefined ? 'parallel' : 'compound';
}

/** A dot in a target leads into the state before it. */
function siblingOf(parent: string | undefined, target: string): string {
  return `${parent ?? ''}/${target.replace('.', '/')}`;
}

function targetsOf(node: ConfigObject): readonly (GuardedEvent & { readonly target: string })[] {
  return Object.entries(objectOf(node['on'])).flatMap(([event, each]) =>
    event === 'restored'
      ? []
      : listOf(each).flatMap((transition) => {
          const { target, guard } = objectOf(transition);
          const named = guard === undefined ? {} : { guard: guardName(guard) };
          return typeof target === 'string' ? [{ event, target, ...named }] : [];
        }),
  );
}

/** XState takes a guard by its name, or with parameters. */
function guardName(guard: ConfigJson): string {
  return typeof guard === 'string' ? guard : String(objectOf(guard)['type']);
}

function listOf(each: ConfigJson): readonly ConfigJson[] {
  return isList(each) ? each : [each];
}

function isList(each: ConfigJson): each is readonly ConfigJson[] {
  return Array.isArray(each);
}

function objectOf(each: ConfigJson | undefined): ConfigObject {
  return typeof each === 'object' && each !== null && !isList(each) ? each : {};
}
