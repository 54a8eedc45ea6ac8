// How far a token reaches, whatever its principal may do. Method: every kind of deed against every level.
import { expect, test } from 'vitest';
import type { AskedGroup, Deed } from '../../../machines/agents/authority.ts';
import { boundedBy } from '../../../machines/agents/token-scope.ts';

const approving = (...groups: readonly AskedGroup[]): Deed => ({
  kind: 'approve',
  task: 'sign',
  asked: { groups, delegates: [], gone: [] },
});
const levels = ['L0', 'L1', 'L2', 'L3'] as const;
/** The levels that reach for it. */
const reach = (deed: Deed, domain?: string) =>
  levels.filter((level) => boundedBy({ as: 'ada', level, domain }, deed) === undefined);

test('L0 and L1 reach for everything, L2 for what its domain is about, L3 for nothing but answers', () => {
  const start: Deed = { kind: 'start', definition: 'orders', domain: 'sales' };

  expect(reach({ kind: 'control', what: 'pausing a run' })).toEqual(['L0', 'L1']);
  expect(reach({ kind: 'define', definition: 'orders' })).toEqual(['L0', 'L1']);
  expect(reach({ kind: 'drain', agent: 'A' })).toEqual(['L0', 'L1']);
  expect(reach({ kind: 'signal', name: 'go' })).toEqual(['L0', 'L1', 'L2']);
  expect(reach({ kind: 'emit', type: 'order.paid' })).toEqual(['L0', 'L1', 'L2']);
  expect(reach(start, 'sales')).toEqual(['L0', 'L1', 'L2']);
  expect(reach(start, 'purchase')).toEqual(['L0', 'L1']);
  expect(reach(start)).toEqual(['L0', 'L1']);
});

test('an approval that asks by name is answered with any level, one that asks for a level with that', () => {
  expect(reach(approving({ names: ['ada'] }))).toEqual(levels);
  expect(reach(approving({ names: ['ada'], level: 'L2' }))).toEqual(['L0', 'L1', 'L2']);
  expect(reach(approving({ level: 'L0' }))).toEqual(['L0']);
  expect(reach(approving({}))).toEqual(['L0', 'L1']);
  // The run itself says who is asked instead.
  expect(reach(approving({ names: ['bob'] }))).toEqual(levels);
});

test('the refusal names the token, its level and the one that is needed', () => {
  expect(boundedBy({ as: 'ada', level: 'L3' }, { kind: 'control', what: 'pausing a run' })).toEqual({
    code: 'authority.level',
    message: 'the token of ada is L3; pausing a run needs L1',
  });
});
