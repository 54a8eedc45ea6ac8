import type { Json } from '../../../events/canonical-json.ts';
import type { RunStatus } from '../../../events/record.ts';

/** Something that happens in a demo, and what there is to see in it. */
export type DemoScene = { readonly remark: string } & (
  | { readonly emit: string; readonly data: Json }
  | { readonly runNow: string }
  | { readonly start: string; readonly input: Readonly<Record<string, Json>> }
);

/** What `workflow demo` can show. `definitions` are files of those that ship. */
export type Demo = {
  readonly name: string;
  readonly about: string;
  readonly definitions: readonly string[];
  readonly scenes: readonly DemoScene[];
  /** How its runs may end, besides COMPLETED. */
  readonly alsoEnds?: readonly RunStatus[];
};

const revenueMilestone: Demo = {
  name: 'revenue-milestone',
  about: 'a month reaches its revenue target: an analyst, then a planner, whose plan is approved',
  definitions: ['revenue-milestone.yaml'],
  scenes: [
    {
      remark: 'October is not there yet',
      emit: 'revenue.updated',
      data: { month: '2026-10', monthly_revenue: 3980 },
    },
    {
      remark: 'October has reached its target',
      emit: 'revenue.updated',
      data: { month: '2026-10', monthly_revenue: 4310 },
    },
    {
      remark: 'October goes on: its run has been started already',
      emit: 'revenue.updated',
      data: { month: '2026-10', monthly_revenue: 4655 },
    },
  ],
};

const leadQualification: Demo = {
  name: 'lead-qualification',
  about: 'leads are scored and valued as they are captured; cold ones end early',
  definitions: ['lead-qualification.yaml'],
  scenes: [
    {
      remark: 'a lead that asked for a demo',
      emit: 'lead.captured',
      data: { lead_id: 'L-1041', company: 'Helion Freight', budget: 48_000, asked_for_demo: true },
    },
    {
      remark: 'the same lead, captured twice',
      emit: 'lead.captured',
      data: { lead_id: 'L-1041', company: 'Helion Freight', budget: 48_000, asked_for_demo: true },
    },
    {
      remark: 'a lead that looks around',
      emit: 'lead.captured',
      data: { lead_id: 'L-1042', company: 'Quiet Harbour', budget: 2_000 },
    },
    { remark: 'something that nobody waits for', emit: 'lead.lost', data: { lead_id: 'L-0977' } },
  ],
};

const dailyOperations: Demo = {
  name: 'daily-operations',
  about: 'every morning at nine: plan the day, three sub-workflows, close it',
  definitions: [
    'daily-operations.yaml',
    'system-maintenance.yaml',
    'inbound-digest.yaml',
    'daily-report.yaml',
  ],
  scenes: [{ remark: 'nobody wants to wait until nine', runNow: 'daily_operations' }],
};

const complianceAlerts: Demo = {
  name: 'compliance-alerts',
  about: 'a finding is assessed at once; a critical one holds the operation until somebody lets it go on',
  definitions: ['compliance-alerts.yaml'],
  scenes: [
    {
      remark: 'a finding that starts nothing',
      emit: 'compliance.finding',
      data: {
        finding_id: 'F-1',
        regulation: 'GDPR Art. 30',
        severity: 'LOW',
        detail: 'a register is a day old',
      },
    },
    {
      remark: 'a critical finding',
      emit: 'compliance.finding',
      data: {
        finding_id: 'F-2',
        regulation: 'GDPR Art. 5',
        severity: 'CRITICAL',
        detail: 'logs hold addresses',
      },
    },
    {
      remark: 'the monitor tells it again',
      emit: 'compliance.finding',
      data: {
        finding_id: 'F-2',
        regulation: 'GDPR Art. 5',
        severity: 'CRITICAL',
        detail: 'logs hold addresses',
      },
    },
  ],
};

/** A demo of a definition that people start: each scene is an input. */
function started(
  { name, about, file, alsoEnds = [] }: Pick<Demo, 'name' | 'about' | 'alsoEnds'> & { readonly file: string },
  inputs: readonly (readonly [remark: string, input: Readonly<Record<string, Json>>])[],
): Demo {
  const start = `definitions/${file}`;

  return {
    ...{ name, about, alsoEnds },
    definitions: [file],
    scenes: inputs.map(([remark, input]) => ({ remark, start, input })),
  };
}

const inventoryPolicy = '.3ox.index/POLICY/INVENTORY.POLICY.md';
const strictPolicy = '.3ox.index/POLICY/STRICT.POLICY.md';

/** What a station does. */
const ofTheStation: readonly Demo[] = [
  started(
    {
      name: 'inventory-validation',
      about: 'a folder is held against a policy and keeps a receipt; a failure waits for the commander',
      file: 'inventory-validation.yaml',
    },
    [
      ['a policy that the project holds', { target_folder: '.', policy_file: inventoryPolicy }],
      ['one that it does not hold', { target_folder: '.', policy_file: strictPolicy }],
    ],
  ),
  started(
    {
      name: 'batch-inventory-validation',
      about: 'many folders are held against one policy side by side',
      file: 'station/batch-inventory-validation.yaml',
    },
    [
      [
        'two folders, of which neither is a project',
        { folders: ['agents', '1N.3OX'], policy_file: inventoryPolicy },
      ],
    ],
  ),
  started(
    {
      name: 'file-routing',
      about: 'what has come in goes to the stations that it is for; somebody looks at the rest',
      file: 'station/file-routing.yaml',
    },
    [
      ['the task in the inbox is routed', {}],
      ['a route that nothing fits', { routes: [{ files: ['*.csv'], to: '0UT.3OX/tables' }] }],
    ],
  ),
  started(
    {
      name: 'multi-agent-coordination',
      about: 'a goal is split among three agents, and their results are joined',
      file: 'station/multi-agent-coordination.yaml',
    },
    [['three agents work side by side', { goal: 'Does the station need a second dock?' }]],
  ),
  started(
    {
      name: 'research-coordination',
      about: 'three agents look into one question, and their findings become one report',
      file: 'station/research-coordination.yaml',
    },
    [['three agents are asked at once', { question: 'How does a change reach every station?' }]],
  ),
  started(
    {
      name: 'incident-response',
      about: 'a reading is rated; a critical one holds the system until somebody lets it go on',
      file: 'station/incident-response.yaml',
    },
    [
      ['a reading that is logged', { source: 'gate', reading: 3 }],
      ['one that pauses the system', { source: 'reactor', reading: 80 }],
    ],
  ),
  started(
    {
      name: 'station-deployment',
      about: 'a station is set up, registered, and looked over',
      file: 'station/station-deployment.yaml',
    },
    [['a new station', { station_name: 'hull', station_folder: 'stations/hull' }]],
  ),
  started(
    {
      name: 'project-setup',
      about: 'a project gets its folders, manifest, README and policies',
      file: 'station/project-setup.yaml',
    },
    [['a new project', { project_name: 'hull-sensors', project_folder: 'projects/hull-sensors' }]],
  ),
  started(
    {
      name: 'compliance-audit',
      about: 'a folder is held against several policies; what fails is rated and signed for',
      file: 'station/compliance-audit.yaml',
    },
    [
      ['a policy that the project holds', { policies: [inventoryPolicy] }],
      ['two, of which one fails', { policies: [inventoryPolicy, strictPolicy] }],
    ],
  ),
  started(
    {
      name: 'data-migration',
      about: 'files are copied once it is approved, and compared with their originals',
      file: 'station/data-migration.yaml',
    },
    [['the programs of the agents move', { from: 'agents', to: 'programs/agents' }]],
  ),
];

/** What a company does. */
const ofTheCompany: readonly Demo[] = [
  started(
    {
      name: 'order-to-cash',
      about: 'an order is paid and shipped; one that cannot be shipped is undone in reverse',
      file: 'company/order-to-cash.yaml',
      alsoEnds: ['FAILED', 'TERMINATED'],
    },
    [
      ['an order that goes well', { order: 'O-7', customer: 'Helion Freight', amount: 120 }],
      ['an order beyond the credit', { order: 'O-8', customer: 'Quiet Harbour', amount: 9_000 }],
      ['an order to where no truck goes', { order: 'O-9-X', customer: 'Far Rim', amount: 80 }],
    ],
  ),
  started(
    {
      name: 'content-approval',
      about: 'a text is drafted and reviewed in rounds until an editor approves (--ask to reject one)',
      file: 'company/content-approval.yaml',
      alsoEnds: ['TERMINATED'],
    },
    [['a text about a new dock', { topic: 'The second dock' }]],
  ),
  {
    name: 'nightly-report',
    about: 'every night figures are asked of a list of sources, and one report is written',
    definitions: ['company/nightly-report.yaml'],
    scenes: [{ remark: 'nobody wants to wait until two', runNow: 'nightly_report' }],
  },
  started(
    {
      name: 'employee-onboarding',
      about:
        'a contract is signed, accounts and equipment are made ready, and later somebody asks how it goes',
      file: 'company/employee-onboarding.yaml',
    },
    [['an engineer begins', { person: 'Ida Marlow', role: 'engineer', settle_hours: 0 }]],
  ),
  started(
    {
      name: 'invoice-approval',
      about: 'a small invoice needs one approval, a large one a second by somebody else',
      file: 'company/invoice-approval.yaml',
    },
    [
      ['a small invoice', { invoice: 'RE-1', supplier: 'Helion Freight', amount: 80 }],
      ['a large one', { invoice: 'RE-2', supplier: 'Helion Freight', amount: 5_000 }],
    ],
  ),
  {
    name: 'support-ticket',
    about: 'an agent triages tickets; what it is not sure of is read by a person before it goes out',
    definitions: ['company/support-ticket.yaml'],
    scenes: [
      {
        remark: 'a question of use',
        emit: 'ticket.opened',
        data: { ticket: 'T-1', customer: 'ida', question: 'How do I change my address?' },
      },
      {
        remark: 'an outage',
        emit: 'ticket.opened',
        data: { ticket: 'T-2', customer: 'ivo', question: 'Everything is down!' },
      },
    ],
  },
  started(
    {
      name: 'data-pipeline',
      about: 'rows are extracted, cleaned in chunks and loaded; a source that hangs up is asked again',
      file: 'company/data-pipeline.yaml',
    },
    [['a source that hangs up once', { source: 'flaky' }]],
  ),
  started(
    {
      name: 'release-train',
      about: 'components are built side by side and deployed in two stages; a broken one stays behind',
      file: 'company/release-train.yaml',
    },
    [
      [
        'four components, of which one does not build',
        { train: 'W-48', components: ['api', 'web', 'brittle', 'docs'], soak_seconds: 2 },
      ],
    ],
  ),
];

export const demos: readonly Demo[] = [
  revenueMilestone,
  leadQualification,
  dailyOperations,
  complianceAlerts,
  ...ofTheStation,
  ...ofTheCompany,
];
