// The states of a definition over HTTP. Method: what is drawn is compared with the machine that XState makes of what
// `workflow chart --format xstate` prints; the machine of a body stands in the state in which it is worked on.
import { afterAll, expect, test } from 'vitest';
import { type AnyStateNode, createMachine } from 'xstate';
import type { Graph } from '../../../src/api/run-parts.ts';
import { createLayout } from '../../../src/project/layout.ts';
import { openRoutes } from '../../http/routes-world.ts';

const layout = createLayout();
afterAll(() => layout.close());

const release = `workflow:
  id: release
  version: 3
  input: {optional: [{list: [a, b]}]}
  tasks:
    - {id: build, assigned_to: builder, timeout: 30s, compensate: clean}
    - {id: clean, uses: noop}
    - {id: both, type: FORK, depends_on: build, branches: [[{id: test, uses: noop}], [{id: scan, uses: noop}]]}
    - {id: choose, type: DECISION, decision_param: "\${1}", decision_cases: {1: {next: each}}, default: poll}
    - {id: each, type: FORK, for_each: "\${workflow.input.list}", tasks: [{id: ship, uses: noop}]}
    - id: poll
      type: DO_WHILE
      loop_condition: "\${loop.iteration < 3}"
      tasks: [{id: ask, type: HUMAN}]
`;

async function opened(text: string) {
  return openRoutes({ 'definitions/release.yaml': text }, undefined, { layout });
}

test('the states and transitions are those of the machine that `workflow chart --format xstate` prints', async () => {
  const { cli, get } = await opened(release);
  const { out } = await cli('chart release --format xstate');
  const { states, transitions } = machineOf(out.slice(out.indexOf('{\n'), out.lastIndexOf('}') + 1));
  const { status, body } = await get('/definitions/release/graph?view=states');
  const { nodes, edges }: Graph = body;

  expect(status).toBe(200);
  expect(states.length).toBeGreaterThan(100);
  expect(nodes.map(({ id, type, isInitial }) => `${id} ${type} ${isInitial}`).sort()).toEqual(states.sort());
  expect(
    edges
      .flatMap(({ from, to, events = [] }) =>
        events.map(({ event, guard = 'always' }) => `${from} > ${to}: ${event} [${guard}]`),
      )
      .sort(),
  ).toEqual(transitions.sort());
});

test('more states than can be drawn are refused by their number, and the tasks are drawn all the same', async () => {
  const tasks = Array.from({ length: 70 }, (_, index) => `{id: t${index}, uses: noop}`);
  const { get } = await opened(`workflow: {id: release, version: 1, tasks: [${tasks.join(', ')}]}\n`);

  expect(await get('/definitions/release/graph?view=states')).toMatchObject({
    status: 422,
    body: {
      code: 'graph.too-large',
      detail: expect.stringMatching(/^the graph has \d+ boxes, more than the 500/),
    },
  });
  expect(await get('/definitions/release/graph')).toMatchObject({ status: 200 });
  expect(await get('/definitions/release/graph?view=boxes')).toMatchObject({ status: 400 });
});

/** The states of a machine in a line of text each, and what leads from one to another. */
function machineOf(config: string) {
  const states: string[] = [];
  const transitions: string[] = [];
  const read = (node: AnyStateNode, id: string, isInitial: boolean): void => {
    const inside = bodyOf(node);
    states.push(`${id} ${inside === undefined ? node.type : 'parallel'} ${isInitial}`);
    transitions.push(...waysOut(node, id));
    for (const [key, child] of Object.entries({ ...node.states, ...inside?.states }))
      read(child, `${id}/${key}`, node.type === 'compound' && node.initial.target[0] === child);
  };
  read(createMachine(JSON.parse(config)).root, 'machine', false);

  return { states, transitions };
}

function bodyOf({ meta }: AnyStateNode): AnyStateNode | undefined {
  const { body } = (meta ?? {}) as { readonly body?: object };

  return body === undefined ? undefined : createMachine(body).root;
}

/** How a run is brought back to where it was leads from everywhere to everywhere: it is not drawn. */
function waysOut({ transitions, path }: AnyStateNode, id: string): readonly string[] {
  const top = id.slice(0, id.length - path.map((key) => `/${key}`).join('').length);

  return [...transitions].flatMap(([event, each]) =>
    each.flatMap(({ target: [to] = [], guard }) =>
      to === undefined || event === 'restored'
        ? []
        : [`${id} > ${[top, ...to.path].join('/')}: ${event} [${nameOf(guard)}]`],
    ),
  );
}

function nameOf(guard: unknown): string {
  if (guard === undefined) return 'always';

  return typeof guard === 'string' ? guard : (guard as { readonly type: string }).type;
}
