// Every definition that ships loads without a word from the checker, and the sample station gets the verdict that its
// documents promise. Method: the real files, the real actions, in the order in which the workflow uses them.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { createActions } from '../../src/adapters/actions/registry.ts';
import { testAttempt } from '../support/attempt.ts';

const root = join(import.meta.dirname, '../..');
const station = join(root, 'examples/station');
const shipped = [join(root, 'definitions'), join(station, '.3ox.index/CORE/WORKFLOWS')].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(folder, name)),
);

test.each(shipped.map((file) => [basename(file), file]))('%s loads without warnings', (_, file) => {
  expect(loadDefinition({ file, content: readFileSync(file) })).toMatchObject({ ok: true, warnings: [] });
});

test.each(shipped.map((file) => [basename(file), file]))('%s uses only actions that exist', (_, file) => {
  const result = loadDefinition({ file, content: readFileSync(file) });
  const tasks = result.ok ? result.loaded.definition.tasks : [];
  const used = tasks.flatMap(({ type, performer }) =>
    type === 'SIMPLE' && performer.kind === 'uses' ? [performer.action] : [],
  );
  expect([...createActions().keys()]).toEqual(expect.arrayContaining(used));
});

async function act(action: string, input: Json): Promise<Record<string, Json>> {
  const handler = createActions().get(action);
  if (handler === undefined) throw new Error(`there is no action ${action}`);

  return (await handler(testAttempt({ projectDir: station, input }))) as Record<string, Json>;
}

test.each([
  ['INVENTORY', { compliance_status: 'PASS', compliance_score: 100, violations: [] }],
  ['STRICT', { compliance_status: 'FAIL', compliance_score: 63, missing_total: 3 }],
  ['TIDY', { compliance_status: 'PARTIAL', compliance_score: 100, violations_total: 1 }],
])('the sample station against its %s policy', async (name, verdict) => {
  const { file_list = null, total_files } = await act('files.scan', { folder: '.' });
  const { policy_rules = null } = await act('policy.load', { policy: `.3ox.index/POLICY/${name}.POLICY.md` });

  expect(total_files).toBeGreaterThanOrEqual(40);
  expect(await act('compliance.validate', { file_list, policy_rules })).toMatchObject(verdict);
});
