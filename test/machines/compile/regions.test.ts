// The shape of every region: whatever the definition asks for, no transition leads nowhere and no state is out of
// reach. Method: each region on its own as an XState machine, walked along all its transitions by @xstate/graph.
import { toDirectedGraph } from '@xstate/graph';
import { expect, test } from 'vitest';
import { createMachine } from 'xstate';
import { regionFor } from '../../../machines/compile/chart.ts';
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
- {id: gate, type: DECISION, decision_param: "'x.y'", decision_cases: {"x.y": {next: one}, B: {next: two}}, default: two}
- {id: one, type: NOOP}
- {id: two, type: NOOP, when: "true"}
- {id: ask, type: HUMAN, wait_for_approval: true, quorum: 2, timeout: 1h, on_timeout: fail}
- {id: ask_on, type: HUMAN, wait_for_approval: true, on_reject: continue, timeout: 1h, on_timeout: escalate}
- {id: tell, type: HUMAN, wait_for_approval: false}
- {id: make, type: TRANSFORM, output: {x: "\${1 + 1}"}}
`;

const chart = chartOf(variants);

test.each([...chart.plan.keys()])('every state of the region of %s can be reached', (id) => {
  const place = chart.plan.get(id);
  if (place === undefined) throw new Error(`no ${id}`);
  const graph = toDirectedGraph(createMachine({ id, context: {}, ...regionFor(place) } as never));
  const edges = graph.children.flatMap(({ edges: out }) =>
    out.map(({ source, target }) => [source.key, target.key]),
  );
  const reached = new Set(['waiting']);
  for (let size = -1; size !== reached.size; ) {
    size = reached.size;
    for (const [source, target] of edges) if (reached.has(source ?? '')) reached.add(target ?? '');
  }

  expect([...reached].sort()).toEqual(graph.children.map(({ stateNode }) => stateNode.key).sort());
});
