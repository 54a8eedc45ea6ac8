import type { ConfigJson, ConfigObject } from './implementations.ts';

/** A state as it is drawn; those of one `parent` stand inside of it. */
export type DiagramState = {
  readonly id: string;
  readonly label: string;
  readonly parent?: string;
  /** `parallel`: all states inside are entered at once; `compound`: one of them is. */
  readonly kind: 'atomic' | 'final' | 'compound' | 'parallel';
  readonly isInitial: boolean;
};

/** An arrow, with the events that lead along it. */
export type DiagramTransition = {
  readonly from: string;
  readonly to: string;
  readonly events: readonly string[];
};

export type Diagram = {
  readonly states: readonly DiagramState[];
  readonly transitions: readonly DiagramTransition[];
};

/**
 * The states and arrows of a machine, from its configuration. The body of a task stands inside of the state in which
 * it is worked on. How a run is brought back to where it was is left out: it leads from everywhere to everywhere.
 */
export function diagramOf(config: ConfigObject): Diagram {
  const states: DiagramState[] = [];
  const arrows = new Map<string, DiagramTransition>();
  const draw = (
    key: string,
    node: ConfigObject,
    at: string,
    parent: string | undefined,
    isInitial: boolean,
  ): void => {
    const inner = innerOf(node);
    states.push({
      id: at,
      label: key,
      ...(parent === undefined ? {} : { parent }),
      kind: kindOf(node, inner),
      isInitial,
    });
    for (const { event, target } of targetsOf(node)) {
      const to = target.startsWith('.') ? at + target.replace('.', '/') : siblingOf(parent ?? '', target);
      const name = `${at} ${to}`;
      const events = new Set([...(arrows.get(name)?.events ?? []), event]);
      arrows.set(name, { from: at, to, events: [...events] });
    }
    for (const [each, child] of Object.entries(inner)) {
      draw(each, child, `${at}/${each}`, at, node['initial'] === each);
    }
  };
  const { id } = config;
  draw(typeof id === 'string' ? id : 'run', config, 'machine', undefined, false);

  return { states, transitions: [...arrows.values()] };
}

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
function siblingOf(parent: string, target: string): string {
  return `${parent}/${target.replace('.', '/')}`;
}

function targetsOf(node: ConfigObject): readonly { readonly event: string; readonly target: string }[] {
  return Object.entries(objectOf(node['on'])).flatMap(([event, each]) =>
    event === 'restored'
      ? []
      : listOf(each).flatMap((transition) => {
          const { target } = objectOf(transition);
          return typeof target === 'string' ? [{ event, target }] : [];
        }),
  );
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
