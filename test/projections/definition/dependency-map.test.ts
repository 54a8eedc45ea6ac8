// Who depends on whom. Method: definitions as they are written, and the nodes and edges that come of them.

import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import type { RunSummary } from '../../../src/ports/runs/run-index.ts';
import type { Agent } from '../../../src/ports/work/agent-admin.ts';
import { dependenciesOf, placedMap } from '../../../src/projections/definition/dependency-map.ts';

function loaded(content: string) {
  const result = loadDefinition({ file: 'some.yaml', content });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));

  return result.loaded;
}

const orders = loaded(`
workflow:
  id: orders
  version: 1
  name: Orders
  labels: { department: sales }
  triggers: [{ on: order.placed }, { id: nightly, cron: '0 3 * * *', timezone: UTC }]
  failure_workflow: clean-up
  tasks:
    - { id: scan, assigned_to: SCANNER }
    - { id: billed, type: EVENT, depends_on: scan, event: { type: order.billed } }
    - { id: paid, type: WAIT, depends_on: billed, signal: order.paid }
    - { id: ship, type: SUB_WORKFLOW, depends_on: paid, workflow: 'shipping@2' }
`);
const billing = loaded(`
workflow:
  id: billing
  version: 4
  triggers: [{ on: order.billed }]
  tasks: [{ id: pay, type: EVENT, event: { type: order.paid } }]
`);
const scanner: Agent = {
  ...{ name: 'SCANNER', department: 'warehouse', level: 'L2', skills: [], capacity: 1, declared: true },
  ...{ transport: { kind: 'nats' }, workers: [] },
};
const underWay: RunSummary = {
  ...{ run: 'a', sequence: 3, position: 3, updatedAt: '2026-11-22T10:00:00.000Z' },
  head: {
    ...{
      definition: orders.ref,
      status: 'RUNNING',
      startedAt: '2026-11-22T10:00:00.000Z',
      settled: 0,
      tasks: 4,
    },
    ...{ active: [{ task: 'scan', status: 'IN_PROGRESS' }], trigger: 'nightly' },
  },
};

test('events start triggers, triggers start definitions, these call, emit to, use and are woken by others', () => {
  const { edges } = dependenciesOf([orders, billing], { lines: [], agents: [scanner] });

  expect(edges.map(({ from, kind, to }) => `${from} ${kind} ${to}`).sort()).toEqual([
    'definition:billing emits event:order.paid',
    'definition:orders calls definition:clean-up',
    'definition:orders calls definition:shipping',
    'definition:orders emits event:order.billed',
    'definition:orders uses agent:SCANNER',
    'event:order.billed starts trigger:billing/order.billed',
    'event:order.paid wakes signal:order.paid',
    'event:order.placed starts trigger:orders/order.placed',
    'signal:order.paid wakes definition:orders',
    'trigger:billing/order.billed starts definition:billing',
    'trigger:orders/nightly starts definition:orders',
    'trigger:orders/order.placed starts definition:orders',
  ]);
});

test('nodes tell what runs now, and what is named and not known', () => {
  const { nodes } = dependenciesOf([orders], { lines: [underWay], agents: [scanner] });
  const node = (id: string) => nodes.find((each) => each.id === id);

  expect(node('definition:orders')).toMatchObject({ running: 1, department: 'sales', detail: 'Orders, v1' });
  expect(node('trigger:orders/nightly')).toMatchObject({ running: 1, detail: '0 3 * * * UTC' });
  expect(node('trigger:orders/order.placed')).toMatchObject({ running: 0 });
  expect(node('agent:SCANNER')).toMatchObject({ running: 1, department: 'warehouse', detail: 'level L2' });
  expect(node('definition:shipping')).toMatchObject({ running: 0, detail: 'not known here' });
});

test('no edge leads to a node that is not there, whatever is left out', () => {
  const { nodes, edges } = dependenciesOf([billing], { lines: [underWay], agents: [] });
  const ids = new Set(nodes.map(({ id }) => id));

  expect(edges.every(({ from, to }) => ids.has(from) && ids.has(to))).toBe(true);
});

test('what was placed has its place', () => {
  const found = dependenciesOf([billing], { lines: [], agents: [] });
  const box = { x: 1, y: 2, width: 3, height: 4 };
  const map = placedMap(found, {
    ...{ width: 10, height: 20, lines: new Map() },
    boxes: new Map([['definition:billing', box]]),
  });

  expect(map).toMatchObject({ width: 10, height: 20, nodes: [{ id: 'definition:billing', ...box }] });
});
