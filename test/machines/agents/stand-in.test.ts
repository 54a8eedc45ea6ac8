// In whose place somebody answers an approval who may not for themselves. Pure: rules, and no run.
import { expect, test } from 'vitest';
import { type ApproverQuery, authorityOf } from '../../../machines/agents/authority.ts';
import { mayAnswerThemselves, standsInFor } from '../../../machines/agents/stand-in.ts';

const authority = authorityOf([
  { name: 'ana', level: 'L1' },
  { name: 'bob', level: 'L3' },
  { name: 'cem', level: 'L2' },
]);

function asked(query: Partial<ApproverQuery>, given: readonly string[] = []) {
  return {
    task: 'sign',
    asked: { groups: [], delegates: [], gone: [], ...query },
    given: new Set(given),
  };
}

const named = { groups: [{ names: ['ana'] }] };

test('whoever is named by somebody who is away answers in their place, where that one is asked', () => {
  expect(standsInFor({ by: 'bob', absent: ['ana'], authority }, asked(named))).toBe('ana');
  expect(standsInFor({ by: 'bob', absent: [], authority }, asked(named))).toBeUndefined();
  expect(standsInFor({ by: 'bob', absent: ['cem'], authority }, asked(named))).toBeUndefined();
});

test('with the level of who is away, and no more', () => {
  const of = (level: 'L0' | 'L1') => asked({ groups: [{ level }] });
  expect(standsInFor({ by: 'bob', absent: ['ana'], authority }, of('L1'))).toBe('ana');
  expect(standsInFor({ by: 'bob', absent: ['ana'], authority }, of('L0'))).toBeUndefined();
  expect(standsInFor({ by: 'bob', absent: ['cem', 'ana'], authority }, of('L1'))).toBe('ana');
});

test('whoever may answer for themselves does so in nobody’s place', () => {
  const both = asked({ groups: [{ names: ['ana', 'bob'] }] });
  expect(mayAnswerThemselves({ by: 'bob', authority }, both)).toBe(true);
  expect(standsInFor({ by: 'bob', absent: ['ana'], authority }, both)).toBeUndefined();
});

test('nobody counts twice: neither who answered already, nor who was answered for', () => {
  const two = asked({ groups: [{ names: ['ana', 'bob'] }] }, ['bob']);
  expect(standsInFor({ by: 'bob', absent: ['ana'], authority }, two)).toBeUndefined();
  expect(standsInFor({ by: 'bob', absent: ['ana'], authority }, asked(named, ['ana']))).toBeUndefined();
});

test('four eyes hold: neither is somebody who is excluded', () => {
  const excluding = (name: string) => asked({ ...named, excluded: [{ name, why: 'asked for it' }] });
  expect(standsInFor({ by: 'bob', absent: ['ana'], authority }, excluding('bob'))).toBeUndefined();
  expect(standsInFor({ by: 'bob', absent: ['ana'], authority }, excluding('ana'))).toBeUndefined();
});

test('who handed this one over already gives it to nobody else by being away', () => {
  const handed = asked({ ...named, gone: ['ana'], delegates: ['cem'] });
  expect(standsInFor({ by: 'bob', absent: ['ana'], authority }, handed)).toBeUndefined();
});

test('somebody who is none of the principals stands in for nobody', () => {
  expect(standsInFor({ by: 'eve', absent: ['ana'], authority }, asked(named))).toBeUndefined();
  expect(standsInFor({ by: 'eve', absent: ['ana'] }, asked(named))).toBe('ana');
});
