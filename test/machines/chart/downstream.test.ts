// What follows from a task: by a dependency, a route, a branch.
import { expect, test } from 'vitest';
import { downstreamOf, forksAround } from '../../../machines/chart/downstream.ts';
import { chartOf } from '../../support/chart-of.ts';

const chart = chartOf(`
  - {id: a, uses: noop, catch: [{errors: ["*"], next: caught}], fallback: stand_in}
  - {id: caught, uses: noop}
  - {id: stand_in, uses: noop}
  - id: gate
    type: DECISION
    depends_on: a
    decision_param: "\${workflow.run_id}"
    decision_cases: {x: {next: taken}}
  - {id: taken, uses: noop}
  - {id: beside, uses: noop}
  - id: fan
    type: FORK
    depends_on: taken
    branches:
      - [{id: b1, uses: noop}, {id: b2, type: FORK, branches: [[{id: deep, uses: noop}]]}]
      - [{id: c1, uses: noop}]
  - {id: end, uses: noop, depends_on: fan}
`);
const of = (id: string) => [...downstreamOf(chart, id)].sort();

test('dependencies, routes and branches follow, what stands beside does not', () => {
  expect(of('a')).toEqual(
    ['a', 'b1', 'b2', 'c1', 'caught', 'deep', 'end', 'fan', 'gate', 'stand_in', 'taken'].sort(),
  );
  expect(of('beside')).toEqual(['beside']);
});

test('from inside of a branch follow the rest of the branch and what waits for the FORK, not other branches', () => {
  expect(of('b1')).toEqual(['b1', 'b2', 'deep', 'end']);
  expect(of('c1')).toEqual(['c1', 'end']);
  expect(of('deep')).toEqual(['deep', 'end']);
});

test('the FORKs around a task are named from the inside out', () => {
  expect(forksAround(chart.plan, 'deep')).toEqual(['b2', 'fan']);
  expect(forksAround(chart.plan, 'a')).toEqual([]);
});
