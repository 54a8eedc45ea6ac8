import type { PageQuery } from '../page.ts';
import type {
  AbsenceList,
  ApprovalList,
  ApprovalNamed,
  ApprovalPage,
  ApprovalQuery,
  AwayRequest,
} from '../people.ts';
import { declare } from './operation.ts';

const absencePath = '/api/v1/absences';

export const approvalOperations = {
  list: declare<ApprovalQuery, ApprovalList>()({
    summary:
      'What is asked of people, the longest waiting first; with `mine` only what the caller may answer',
    changes: false,
    http: { method: 'get', path: '/api/v1/approvals', answer: 'Approvals' },
    tool: { name: 'list_approvals' },
  }),
  show: declare<ApprovalNamed, ApprovalPage>()({
    summary: 'One approval, whether or not it is still asked for',
    changes: false,
    members: { run: 'the id of the run, or its beginning', task: 'the address of the task' },
    http: { method: 'get', path: '/api/v1/approvals/{run}/{task}', answer: 'The approval' },
    tool: { name: 'show_approval' },
  }),
  absences: declare<PageQuery, AbsenceList>()({
    summary: 'Who is away, was or will be, and who answers approvals in their place',
    changes: false,
    http: { method: 'get', path: absencePath, answer: 'The absences' },
    command: {
      words: 'approvals absences',
      options: { limit: '--limit <count>', after: '--after <cursor>' },
      table: { of: 'items', columns: ['who', 'to', 'from', 'until', 'state', 'reason'] },
    },
  }),
  away: declare<AwayRequest, AbsenceList>()({
    summary: 'Says that whoever asks is away, and who answers approvals in their place until then',
    changes: true,
    members: {
      to: 'who answers meanwhile',
      until: 'a day, which counts whole, a time, or for how long, such as 7d',
      from: 'a day or a time; now, without',
      reason: 'why; shown with it',
    },
    http: { method: 'post', path: absencePath, answer: 'The absences' },
    command: {
      words: 'approvals away',
      options: {
        to: '--to <name>',
        until: '--until <time>',
        from: '--from <time>',
        reason: '--reason <text>',
      },
    },
  }),
  back: declare<Readonly<Record<never, never>>, AbsenceList>()({
    summary: 'Says that whoever asks is back, or does not go away after all',
    changes: true,
    http: { method: 'delete', path: absencePath, answer: 'The absences' },
    command: { words: 'approvals back' },
  }),
};
