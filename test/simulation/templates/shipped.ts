// The definitions of the library, with workers that give what their tasks are about. Each path on which something is
// decided differently is a template of its own.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { planOf } from '../../../machines/chart/plan.ts';
import { checkInput } from '../../../machines/language/check-input.ts';
import { type AgentPlan, endsWith, type Template, template } from './template.ts';

type Script = Pick<Template, 'results' | 'wrong'> & {
  readonly input: ReturnType<Template['input']>;
  /** The definitions that it starts runs of. */
  readonly alongside?: readonly string[];
};

/** npm and vitest start in the project's folder. */
const folder = 'definitions';
const file = { path: 'a.md', bytes: 3 };
const scanned = {
  folder: '.',
  file_list: [file],
  total_files: 1,
  total_bytes: 3,
  scan_timestamp: '2026-01-01T00:00:00Z',
};
const policy = { policy_rules: {}, required_files: [], policy_name: 'INVENTORY', policy_sha256: '00' };
const validated = (status: string, score: number) => ({
  compliance_status: status,
  compliance_score: score,
  violations: [],
  violations_total: status === 'PASS' ? 0 : 1,
  missing_files: status === 'PASS' ? [] : ['INDEX.yaml'],
});
const report = { report_file: 'REPORT.md' };
const findings = { summary: 'it works', findings: ['it does'] };

const inventory = (status: string, wrong: Template['wrong']): Script => ({
  input: { target_folder: '.', policy_file: 'p.md' },
  results: { scan_files: scanned, load_policy: policy, validate_compliance: validated(status, 50) },
  wrong,
});
const batch = (status: string, wrong: Template['wrong']): Script => ({
  input: { folders: ['a', 'b', 'c'], policy_file: 'p.md' },
  results: {
    load_policy: policy,
    scan_folder: scanned,
    validate_folder: validated(status, 50),
    generate_summary_report: report,
  },
  wrong,
});
const incident = (reading: number, wrong: Template['wrong']): Script => ({
  input: { source: 'gate', reading },
  results: { generate_incident_report: report },
  wrong,
});
const station = (status: string, wrong: Template['wrong']): Script => ({
  input: { station_name: 'alpha', station_folder: 'stations/alpha' },
  results: {
    deploy_policies: { total_files: 2 },
    scan_station: scanned,
    health_check_verification: validated(status, 50),
  },
  wrong,
});
const release = (version: string, wrong: Template['wrong']): Script => ({
  input: {},
  results: { read_manifest: { name: 'parts', version } },
  wrong,
});
const inbound = (files: number, wrong: Template['wrong']): Script => ({
  input: {},
  results: { scan_inbound: { total_files: files, total_bytes: 0 } },
  wrong,
});

const lead = (grade: string, wrong: Template['wrong']): Script => ({
  input: { lead_id: 'L-1', company: 'Acme' },
  results: { score_lead: { score: 80, grade }, value_lead: { value: 1_000, probability: 0.5 } },
  wrong,
});
const finding = (severity: string, wrong: Template['wrong']): Script => ({
  input: { finding_id: 'F-1', regulation: 'GDPR Art. 5', severity, detail: 'kept too long' },
  results: { assess_finding: { risk: 'high', remedy: 'delete it' } },
  wrong,
});
const maintained = { scan_folder: { ...scanned, unreadable_total: 0 } };
const reported = { write_report: report };

const scripts: Readonly<Record<string, Readonly<Record<string, Script>>>> = {
  'inventory-validation.yaml': {
    pass: inventory('PASS', endsWith('COMPLETED', { generate_success_receipt: 'completed' })),
    partial: inventory('PARTIAL', endsWith('COMPLETED', { generate_warning_receipt: 'completed' })),
    fail: inventory('FAIL', endsWith('COMPLETED', { alert_cmd_bridge: 'approved' })),
  },
  'station/batch-inventory-validation.yaml': {
    pass: batch('PASS', endsWith('COMPLETED', { announce_batch: 'completed' })),
    fail: batch('FAIL', endsWith('COMPLETED', { alert_cmd_bridge: 'approved' })),
  },
  'station/incident-response.yaml': {
    critical: incident(70, endsWith('COMPLETED', { pause_system: 'approved' })),
    high: incident(20, endsWith('COMPLETED', { continue_operations: 'completed' })),
    low: incident(1, endsWith('COMPLETED', { log_incident: 'completed' })),
  },
  'station/station-deployment.yaml': {
    healthy: station('PASS', endsWith('COMPLETED', { announce_station: 'completed' })),
    ill: station('FAIL', endsWith('FAILED', { withdraw_registration: 'completed' })),
  },
  'release-check.yaml': {
    release: release('1.2.0', endsWith('COMPLETED', { announce_release: 'completed' })),
    'pre-release': release('1.2.0-rc.1', endsWith('COMPLETED', { report_pre_release: 'completed' })),
  },
  'inbound-digest.yaml': {
    some: inbound(2, endsWith('COMPLETED', { notify_watch: 'completed' })),
    none: inbound(0, endsWith('COMPLETED', { notify_watch: 'skipped' })),
  },
  'document-approval.yaml': {
    approved: {
      input: { document: 'a.md' },
      results: { take_digest: { sha256: '00', bytes: 3 } },
      wrong: endsWith('COMPLETED', { tell_requester: 'completed' }),
    },
  },
  'lead-qualification.yaml': {
    hot: lead('HOT', endsWith('COMPLETED', { hand_over: 'completed' })),
    cold: lead('COLD', endsWith('COMPLETED', { drop_lead: 'completed' })),
  },
  'revenue-milestone.yaml': {
    approved: {
      input: { month: '2026-10', monthly_revenue: 5_000 },
      results: {
        analyse_revenue: { annual_run_rate: 60_000, above_target_percent: 20, summary: 'above' },
        plan_strategy: { summary: 'grow', goals: ['hire'] },
        write_plan: report,
      },
      wrong: endsWith('COMPLETED', { write_plan: 'completed' }),
    },
  },
  'compliance-alerts.yaml': {
    critical: finding('CRITICAL', endsWith('COMPLETED', { hold_operation: 'approved' })),
    medium: finding('MEDIUM', endsWith('COMPLETED', { log_finding: 'completed' })),
  },
  'daily-operations.yaml': {
    whole: {
      input: {},
      alongside: ['system-maintenance.yaml', 'inbound-digest.yaml', 'daily-report.yaml'],
      results: {
        plan_day: { priorities: ['mail'] },
        ...maintained,
        scan_inbound: { total_files: 2, total_bytes: 0 },
        ...reported,
        close_day: { summary: 'done' },
      },
      wrong: endsWith('COMPLETED', { close_day: 'completed' }),
    },
  },
  'system-maintenance.yaml': {
    all: { input: {}, results: maintained, wrong: endsWith('COMPLETED', { summarise: 'completed' }) },
  },
  'daily-report.yaml': {
    one: {
      input: { day: 'today', priorities: ['mail'], lines: ['calm'] },
      results: reported,
      wrong: endsWith('COMPLETED', { write_report: 'completed' }),
    },
  },
  'station/research-coordination.yaml': {
    all: {
      input: { question: 'how' },
      results: {
        research_git_hooks: findings,
        research_file_watchers: findings,
        research_bft: findings,
        aggregate_findings: report,
      },
      wrong: endsWith('COMPLETED', { aggregate_findings: 'completed' }),
    },
  },
};

const ofTheFolder = readdirSync(folder).filter(
  (name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'),
);
const ofItsFolders = Object.keys(scripts).filter((name) => name.includes('/'));

/**
 * A definition that is added to `definitions/` is refused here until it is said what its workers give; of those in its
 * folders some are taken.
 */
export const shippedTemplates: readonly Template[] = [...ofTheFolder, ...ofItsFolders].flatMap((name) => {
  const ways = scripts[name];
  if (ways === undefined)
    throw new Error(`${folder}/${name}: templates/shipped.ts does not say what its workers give`);

  return Object.entries(ways).map(([way, { input, alongside = [], ...script }]) => {
    const texts = [name, ...alongside].map((each) => readFileSync(join(folder, each), 'utf8'));
    const made = template(`${basename(name, '.yaml')} (${way})`, texts, script);
    return { ...made, agents: agentsIn(made), input: () => withDefaults(made, input) };
  });
});

/** For every agent that is named a worker, and one that can do whatever else is asked for. */
function agentsIn({ definitions }: Template): readonly AgentPlan[] {
  const performers = definitions.flatMap(({ definition }) =>
    [...planOf(definition).values()].flatMap(({ task }) => (task.type === 'SIMPLE' ? [task.performer] : [])),
  );
  const named = performers.flatMap((each) => (each.kind === 'agent' ? [each.agent] : []));
  const skills = performers.flatMap((each) => (each.kind === 'skills' ? each.skills : []));
  const plan = { workers: 1, capacity: 2, level: 'L0' } as const;

  return [
    ...[...new Set(named)].map((agent) => ({ ...plan, agent })),
    ...(skills.length > 0 ? [{ ...plan, agent: 'ALLROUNDER', skills: [...new Set(skills)] }] : []),
  ];
}

function withDefaults(
  { name, definitions: [definition] }: Template,
  input: Script['input'],
): Script['input'] {
  if (definition === undefined) return input;
  const checked = checkInput(definition.definition, input);
  if (!checked.ok) throw new Error(`${name}: ${checked.problems.map(({ message }) => message).join('; ')}`);

  return checked.input;
}
