// A definition as a line of the list: which version is meant, and how its runs are.

import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { countRuns } from '../../../machines/run/record/run-filter.ts';
import type { RunSummary } from '../../../src/ports/runs/run-index.ts';
import {
  definitionRow,
  type KnownVersion,
  startedVersion,
} from '../../../src/projections/definition/definition-row.ts';

const text = (version: number) => `
workflow:
  id: orders
  version: ${version}
  labels: { department: sales }
  triggers: [{ on: order.placed }]
  tasks:
    - { id: scan, assigned_to: SCANNER }
    - { id: all, type: FORK, depends_on: scan, for_each: '[1, 2]', workflow: shipping }
    - { id: again, assigned_to: SCANNER, depends_on: all }
`;

function version(number: number, source: KnownVersion['source']): KnownVersion {
  const result = loadDefinition({ file: 'orders.yaml', content: text(number) });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const { loaded } = result;

  return { ...loaded.ref, source, file: 'orders.yaml', text: loaded.text, loaded, problems: 0 };
}

function line(index: number, status: 'RUNNING' | 'COMPLETED' | 'FAILED'): RunSummary {
  const startedAt = new Date(Date.UTC(2026, 10, 22, 10, index)).toISOString();
  const over = status === 'RUNNING' ? {} : { endedAt: startedAt };
  const definition = { id: 'orders', version: 1, hash: 'h' };
  const head = { definition, status, startedAt, active: [], settled: 0, tasks: 3, ...over };

  return { run: `run-${index}`, sequence: 1, position: 1, updatedAt: startedAt, head };
}

test('what is registered is started before a file, a file before the library, the highest of them', () => {
  const [file, library] = [version(9, 'project'), version(10, 'library')];
  expect(startedVersion([file, version(1, 'registered'), library, version(2, 'registered')])).toMatchObject({
    ...{ source: 'registered', version: 2 },
  });
  expect(startedVersion([library, file, version(8, 'project')])).toBe(file);

  expect(startedVersion([])).toBeUndefined();
});

test('a row tells what the definition does, and the last twenty runs with the latest last', () => {
  const runs = Array.from({ length: 25 }, (_, index) =>
    line(index, index % 2 === 0 ? 'COMPLETED' : 'FAILED'),
  );
  const shown = version(2, 'registered');
  const row = definitionRow(shown, [version(1, 'registered'), shown], {
    counts: countRuns([...runs, line(25, 'RUNNING')]),
    latest: [...runs, line(25, 'RUNNING')].reverse(),
  });

  expect(row).toMatchObject({
    ...{
      id: 'orders',
      version: 2,
      versions: [2, 1],
      tasks: 3,
      agents: ['SCANNER'],
      triggers: ['order.placed'],
    },
    ...{ labels: { department: 'sales' }, runs: { running: 1, ended: 25, completed: 13 } },
  });
  expect(row.recent).toHaveLength(20);
  expect(row.recent[0]).toEqual({ run: 'run-6', shown: 'COMPLETED' });
  expect(row.recent.at(-1)).toEqual({ run: 'run-25', shown: 'RUNNING' });
});

test('of a file that is no definition as much is told as is known', () => {
  const broken: KnownVersion = {
    ...{ id: 'orders', version: 0, hash: '', source: 'project', file: 'orders.yaml', text: '?', problems: 2 },
  };

  expect(definitionRow(broken, [broken], { counts: [], latest: [] })).toMatchObject({
    problems: 2,
    tasks: 0,
    agents: [],
    labels: {},
  });
});
