// A run that went on by another version of its definition is exported with both, and needs both. Method: the real core.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { exportOf } from '../../../machines/audit/export-format.ts';
import { verifyExport } from '../../../machines/audit/verify-export.ts';
import type { Command } from '../../../machines/run/decide/command.ts';
import { decide } from '../../../machines/run/decide/decide.ts';
import { seal } from '../../../machines/run/record/create-record.ts';
import type { Run } from '../../../machines/run/run.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';
import { exportedAt, textOf } from './exported-run.ts';

const text = (version: number, more: string) =>
  `workflow:\n  id: moved\n  version: ${version}\n  tasks:\n    - { id: a, assigned_to: X }\n${more}`;
const texts = [text(1, ''), text(2, '    - { id: b, type: NOOP, depends_on: a }\n')];
const [before, after] = texts.map(chartOfText);

test('an export of a migrated run folds each part by its own definition', () => {
  if (before === undefined || after === undefined) throw new Error('there are two versions');
  const old = startedRun(before);
  const state = startedRun(after).run().state as unknown as Json;
  const moved = sealed(
    { ...old.run(), chart: before },
    { kind: 'migrateRun', chart: after, at: 1, state },
    after,
  );
  const completed: Command = {
    kind: 'completeTask',
    task: 'a',
    attempt: 1,
    output: {},
    worker: 'w',
    startedAt: exportedAt,
  };
  const records = [...old.bodies, moved.body, sealed(moved.run, completed, after).body];
  const definitions = [before, after].map(({ ref }, index) => ({ ref, text: texts[index] ?? '' }));
  const last = JSON.parse(records.at(-1) ?? '');
  const document = exportOf({ run: 'test-run', definitions, records, last }, exportedAt);

  expect(verifyExport(textOf(document))).toMatchObject({ problems: [], folded: 3 });
  const without = (index: number) => ({ ...document, definitions: definitions.toSpliced(index, 1) });
  expect(verifyExport(textOf(without(1)))).toMatchObject({
    problems: [{ code: 'audit.definition' }],
    folded: 1,
  });
  expect(verifyExport(textOf(without(0)))).toMatchObject({
    problems: [{ code: 'audit.definition' }],
    folded: 0,
  });
});

function sealed(run: Run, command: Command, chart: Run['chart']) {
  const decision = decide(run, command);
  if (!decision.ok) throw new Error(decision.refusal.message);

  return seal({ ...run, chart }, { fact: decision.fact, time: exportedAt, actor: 'test' });
}
