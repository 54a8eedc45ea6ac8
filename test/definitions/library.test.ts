// Every definition that ships loads without a word from the checker, and the sample station gets the verdict that its
// documents promise. Method: the real files, the real actions, in the order in which the workflow uses them.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import type { Task } from '../../machines/task.ts';
import { createActions } from '../../src/actions/registry.ts';
import { definitionFiles } from '../../src/files/local-definitions.ts';
import { testAttempt } from '../support/attempt.ts';
import { shippedDefinitions } from '../support/shipped-definitions.ts';

const root = join(import.meta.dirname, '../..');
const station = join(root, 'examples/station');
const shipped = [
  ...shippedDefinitions.map((path) => join(root, path)),
  ...(await definitionFiles(join(station, '.3ox.index/CORE/WORKFLOWS'))),
];

test.each(shipped.map((file) => [basename(file), file]))('%s loads without warnings', (_, file) => {
  expect(loadDefinition({ file, content: readFileSync(file) })).toMatchObject({ ok: true, warnings: [] });
});

test.each(shipped.map((file) => [basename(file), file]))('%s uses only actions that exist', (_, file) => {
  const result = loadDefinition({ file, content: readFileSync(file) });
  const tasks = result.ok ? result.loaded.definition.tasks.flatMap(withInner) : [];
  const used = tasks.flatMap(({ type, performer }) =>
    type === 'SIMPLE' && performer.kind === 'uses' ? [performer.action] : [],
  );
  expect([...createActions().keys()]).toEqual(expect.arrayContaining(used));
});

test.each([
  [
    'batch-inventory-validation',
    'load_policy fork_scan_all join_scan_results validate_all aggregate_results generate_summary_report',
  ],
  [
    'station-deployment',
    'create_folder_structure initialize_3ox_index deploy_policies configure_1n_0ut register_with_cmd_bridge health_check_verification',
  ],
  [
    'research-coordination',
    'fork_research research_git_hooks research_file_watchers research_bft join_findings aggregate_findings',
  ],
  [
    'incident-response',
    'detect_anomaly severity_gate alert_commander pause_system log_incident generate_incident_report',
  ],
])('%s has the tasks that the seeds list, in their order', (name, listed) => {
  const result = loadDefinition({
    file: name,
    content: readFileSync(join(root, `definitions/station/${name}.yaml`)),
  });
  const ids = result.ok ? result.loaded.definition.tasks.flatMap(withInner).map(({ id }) => id) : [];
  const seeds = listed.split(' ');

  expect(result).toMatchObject({ ok: true, loaded: { ref: { id: `${name}-v1` } } });
  expect(ids.filter((id) => seeds.includes(id))).toEqual(seeds);
});

test.each([
  ['revenue-milestone', 'revenue_milestone', ['finance_financial_analyst', 'strategy_strategic_planner']],
  ['lead-qualification', 'lead_qualification', ['marketing_lead_generator', 'finance_revenue_tracker']],
  ['daily-operations', 'daily_operations', ['operations_workflow_orchestrator']],
  ['compliance-alerts', 'compliance_alerts', ['legal_compliance_monitor']],
])('%s is started by the trigger that the seeds name, and has their agents', (name, trigger, agents) => {
  const result = loadDefinition({
    file: name,
    content: readFileSync(join(root, `definitions/${name}.yaml`)),
  });
  const { triggers = [], tasks = [] } = result.ok ? result.loaded.definition : {};
  const assigned = tasks.flatMap((task) =>
    task.type === 'SIMPLE' && task.performer.kind === 'agent' ? [task.performer.agent] : [],
  );

  expect(triggers.map(({ id }) => id)).toEqual([trigger]);
  expect([...new Set(assigned)]).toEqual(agents);
});

test('the definition on the page of triggers loads as it is', () => {
  const page = readFileSync(join(root, 'docs/triggers.md'), 'utf8');
  const [, content = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  expect(loadDefinition({ file: 'docs/triggers.md', content })).toMatchObject({ ok: true, warnings: [] });
});

/** A task and those in its body or branches. */
function withInner(task: Task): readonly Task[] {
  const body = task.type === 'FORK' && task.body !== undefined && 'tasks' in task.body ? task.body.tasks : [];
  const branches = task.type === 'FORK' ? (task.branches ?? []).flat() : [];
  const loop = task.type === 'DO_WHILE' ? task.tasks : [];

  return [task, ...[...body, ...branches, ...loop].flatMap(withInner)];
}

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
