// The shape of every region: whatever the definition asks for, no transition leads nowhere and no state is out of
// reach. Method: each region on its own as an XState machine, walked along all its transitions by @xstate/graph.
import { type DirectedGraphNode, toDirectedGraph } from '@xstate/graph';
import { expect, test } from 'vitest';
import { createMachine } from 'xstate';
import { regionFor } from '../../../machines/chart/chart.ts';
import { statusOf } from '../../../machines/chart/task-status.ts';
import { taskTypes } from '../../../machines/task.ts';
import { chartOf } from '../../support/chart-of.ts';

const variants = `
- {id: plain, uses: noop}
- {id: last, uses: noop}
- {id: after, uses: noop, depends_on: plain}
- {id: optional, uses: noop, optional: true, when: "plain.status == 'COMPLETED'", depends_on: plain}
- id: careful
  uses: noop
  timeout: 1s
  queue_timeout: 1s
  total_timeout: 1m
  heartbeat_timeout: 1s
  retry_policy: {max_attempts: 3}
  fallback: last
- {id: strict, uses: noop, timeout: 1s, timeout_policy: fail}
- {id: patient, uses: noop, timeout: 1s, timeout_policy: alert}
- {id: asking, uses: noop, retry_policy: {max_attempts: 2, on_exhausted: pause}}
- {id: caught, uses: noop, optional: true, catch: [{errors: ["*"], next: rescue}]}
- {id: rescue, uses: noop, compensate: undo}
- {id: undo, uses: noop}
- {id: gate, type: DECISION, decision_param: "'x.y'", decision_cases: {"x.y": {next: one}, B: {next: two}}, default: two}
- {id: shaped_gate, type: DECISION, decision_param: "'a'", decision_cases: {a: {next: three}}, output: {x: "\${result}"}}
- {id: one, type: NOOP}
- {id: two, type: NOOP, when: "true"}
- {id: three, type: NOOP, output_to: three.json}
- {id: ask, type: HUMAN, wait_for_approval: true, quorum: 2, timeout: 1h, on_timeout: fail}
- {id: ask_on, type: HUMAN, wait_for_approval: true, on_reject: continue, timeout: 1h, on_timeout: escalate}
- {id: tell, type: HUMAN, wait_for_approval: false}
- {id: make, type: TRANSFORM, output: {x: "\${1 + 1}"}}
- {id: fan, type: FORK, branches: [[{id: a1, uses: noop}, {id: a2, uses: noop}], [{id: b1, uses: noop}]]}
- {id: slow_fan, type: FORK, timeout: 1m, retry_policy: {max_attempts: 2}, branches: [[{id: c1, uses: noop}]]}
- {id: each, type: FORK, for_each: "\${[1]}", tasks: [{id: inside, uses: noop}]}
- {id: slow_each, type: FORK, for_each: "\${[1]}", workflow: other, timeout: 1m, retry_policy: {max_attempts: 2}}
- {id: ends, type: JOIN, join_on: [fan, after]}
- {id: poll, type: DO_WHILE, loop_condition: "true", tasks: [{id: again, uses: noop}]}
- {id: items, type: DO_WHILE, items: "\${[1]}", total_timeout: 1h, tasks: [{id: item_of, uses: noop}]}
- {id: both, type: DO_WHILE, items: "\${[1]}", loop_condition: "true", optional: true, tasks: [{id: both_of, uses: noop}]}
- {id: sleep, type: WAIT, duration: 1s}
- {id: sleep_until, type: WAIT, until: "2026-01-01"}
- {id: listen, type: WAIT, signal: go, timeout: 1h, on_timeout: continue}
- {id: listen_once, type: WAIT, signal: go, timeout: 1h}
- {id: child, type: SUB_WORKFLOW, workflow: other, timeout: 1h, retry_policy: {max_attempts: 2}}
- {id: publish, type: EVENT, event: {type: order.paid}}
- {id: get, type: HTTP, request: {url: "https://example.org"}, retry_policy: {max_attempts: 2}}
- {id: set, type: SET_VARIABLE, variables: {n: 1}}
- {id: stop, type: TERMINATE, status: COMPLETED, when: "false"}
`;

const chart = chartOf(variants);
const ids = [...chart.plan.keys()];

test('every type of task is among those that are looked at', () => {
  expect(new Set([...chart.plan.values()].map(({ task }) => task.type))).toEqual(new Set(taskTypes));
});

test.each(ids)('every state of the region of %s can be reached', (id) => {
  const graph = graphOf(id);
  const reached = new Set([initialOf(id), ...targetsOf(graph)]);
  for (const state of reached) {
    for (const target of graph.children.filter((each) => keyOf(each) === state).flatMap(targetsOf))
      reached.add(target);
  }

  expect([...reached].sort()).toEqual(graph.children.map(keyOf).sort());
});

test.each(ids)('from every state of the region of %s somebody can end it, and it can begin anew', (id) => {
  const region = regionOf(id);
  const on = Object.keys(region.on ?? {});

  expect(on).toEqual(expect.arrayContaining([`task.skipped.${id}`, 'cancel', 'reset']));
  expect(Object.keys(region.states)).toEqual(expect.arrayContaining(['skipped', 'cancelled']));
});

test.each(ids)('every state of the region of %s has a status that people know', (id) => {
  for (const state of Object.keys(regionOf(id).states)) {
    const isEnd = /^(completed|approved|rejected|case .*|default|no_match)$/.test(state);
    // What is not in the list of statuses counts as completed, so that no other state may be missing there.
    expect([state, statusOf(state) === 'COMPLETED']).toEqual([state, isEnd]);
  }
});

function regionOf(id: string) {
  const place = chart.plan.get(id);
  if (place === undefined) throw new Error(`no ${id}`);

  return regionFor(place, chart.plan);
}

function initialOf(id: string): string {
  return regionOf(id).initial;
}

function graphOf(id: string): DirectedGraphNode {
  return toDirectedGraph(createMachine({ id: 'region', context: {}, ...regionOf(id) } as never));
}

function targetsOf({ edges }: DirectedGraphNode): readonly string[] {
  // What is taken in any state (`on` of the region itself) leads from the region, not from one of its states.
  return edges.map(({ target }) => String(target.key)).filter((key) => key !== 'region');
}

function keyOf(node: DirectedGraphNode): string {
  return String(node.stateNode.key);
}
