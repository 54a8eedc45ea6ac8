import { expect, test } from 'vitest';
import { behind, blastText, edgeText, neighboursOf, reliers } from '../../../src/web/pages/map-neighbours.ts';

const place = { x: 0, y: 0, width: 10, height: 10, running: 0 };
const nodes = [
  { ...place, id: 'event:paid', kind: 'event', name: 'paid' },
  { ...place, id: 'definition:orders', kind: 'definition', name: 'orders', running: 2 },
  { ...place, id: 'definition:pay', kind: 'definition', name: 'pay', running: 1 },
  { ...place, id: 'definition:other', kind: 'definition', name: 'other', running: 5 },
  { ...place, id: 'agent:desk', kind: 'agent', name: 'desk' },
] as const;
const edges = [
  { from: 'event:paid', to: 'definition:orders', kind: 'starts' },
  { from: 'definition:orders', to: 'definition:pay', kind: 'calls' },
  { from: 'definition:pay', to: 'agent:desk', kind: 'uses' },
] as const;
const map = { nodes: [...nodes], edges: [...edges] };

test('the neighbours are those one line away, on both sides', () => {
  expect([...neighboursOf(edges, 'definition:orders')].toSorted()).toEqual([
    'definition:orders',
    'definition:pay',
    'event:paid',
  ]);
});

test('what lies behind is found at any distance, and a circle ends', () => {
  const circle = [...edges, { from: 'agent:desk', to: 'definition:orders', kind: 'wakes' } as const];

  expect([...behind(edges, 'event:paid')]).toEqual(['definition:orders', 'definition:pay', 'agent:desk']);
  expect(behind(circle, 'definition:orders').has('definition:orders')).toBe(false);
  expect([...reliers(edges, 'agent:desk')]).toEqual(['definition:pay', 'definition:orders', 'event:paid']);
});

test('says which definitions would be touched if something stopped, and how many runs', () => {
  expect(blastText(map, 'agent:desk')).toBe(
    'If desk stopped, 2 definitions would be touched: orders, pay, with 3 runs under way.',
  );
  expect(blastText(map, 'event:paid')).toContain('orders, pay');
  expect(blastText(map, 'definition:other')).toBe('If other stopped, no other definition would be touched.');
});

test('a line is told in words', () => {
  expect(edgeText(map, edges[1])).toBe('orders calls pay');
});
