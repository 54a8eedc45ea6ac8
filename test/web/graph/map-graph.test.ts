// What is drawn of a graph: its boxes in an order that can be nested, its lines by whether they were taken.
import { expect, test } from 'vitest';
import { drawnEdges, drawnNodes, roundedPath } from '../../../src/web/graph/map-graph.ts';

const node = (id: string, more = {}) => ({ id, type: 'ACTION', x: 0, y: 0, width: 100, height: 40, ...more });
const edge = (from: string, to: string, more = {}) => ({
  id: `${from}-${to}`,
  from,
  to,
  kind: 'needs' as const,
  points: [],
  ...more,
});

test('groups stand before what is in them, and a box whose group is missing stands by itself', () => {
  const nodes = drawnNodes({
    nodes: [
      node('inner', { parent: 'mid' }),
      node('mid', { parent: 'outer' }),
      node('outer'),
      node('lost', { parent: 'x' }),
    ],
  });

  expect(nodes.map(({ id, parent, isGroup }) => [id, parent, isGroup])).toEqual([
    ['outer', undefined, true],
    ['lost', undefined, false],
    ['mid', 'outer', true],
    ['inner', 'mid', false],
  ]);
});

test('groups that stand in each other do not hang the page', () => {
  expect(drawnNodes({ nodes: [node('a', { parent: 'b' }), node('b', { parent: 'a' })] })).toHaveLength(2);
});

test('a status and a type that nobody knows are drawn like what was not reached', () => {
  const [box] = drawnNodes({ nodes: [node('a', { status: 'DREAMING', type: 'NEW' })] });

  expect(box).toMatchObject({ hue: 'idle', isCurrent: false, label: 'a, NEW, DREAMING' });
});

test('the way that was taken stands out once there is a run, and lines to nowhere are left out', () => {
  const nodes = [node('a'), node('b')];
  const edges = [
    edge('a', 'b', { isTaken: true, label: 'yes', evidence: 'qty > 1 was true: qty = 7' }),
    edge('b', 'a', { isTaken: false }),
    edge('a', 'a', { kind: 'catch' }),
    edge('a', 'gone'),
  ];

  expect(drawnEdges({ nodes, edges }).map(({ look, text }) => [look, text])).toEqual([
    ['taken', 'yes · qty > 1 was true: qty = 7'],
    ['faint', ''],
    ['plain', 'catch'],
  ]);
});

test('a line goes through its corners with a little round in each', () => {
  const points = [
    { x: 0, y: 0 },
    { x: 0, y: 20 },
    { x: 30, y: 20 },
  ];

  expect(roundedPath(points)).toBe('M0,0 L0,14 Q0,20 6,20 L30,20');
  expect(roundedPath([])).toBe('');
});

test('a run came to every state that has a status, and to no task that is pending', () => {
  const reached = (...nodes: Parameters<typeof drawnNodes>[0]['nodes']) =>
    drawnNodes({ nodes }).map(({ isReached }) => isReached);
  const pending = { status: 'PENDING' };

  expect(reached(node('task', pending), node('late', { status: 'COMPLETED' }))).toEqual([false, true]);
  const region = node('region', { ...pending, isInitial: false });
  const waiting = node('waiting', { ...pending, isInitial: true, parent: 'region' });
  expect(reached(region, waiting, node('idle', { isInitial: false }))).toEqual([false, false, true]);
});
