import type { Json } from '../../../events/canonical-json.ts';

/** Something that happens in a demo, and what there is to see in it. */
export type DemoScene = { readonly remark: string } & (
  | { readonly emit: string; readonly data: Json }
  | { readonly runNow: string }
);

/** What `workflow demo` can show. `definitions` are files of those that ship. */
export type Demo = {
  readonly name: string;
  readonly about: string;
  readonly definitions: readonly string[];
  readonly scenes: readonly DemoScene[];
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

export const demos: readonly Demo[] = [
  revenueMilestone,
  leadQualification,
  dailyOperations,
  complianceAlerts,
];
