import type { ApprovalList, ApprovalNamed, ApprovalPage, ApprovalQuery } from '../people.ts';
import { declare } from './operation.ts';

export const approvalOperations = {
  list: declare<ApprovalQuery, ApprovalList>()({
    summary:
      'What is asked of people, the longest waiting first; with `mine` only what the caller may answer',
    changes: false,
    http: { method: 'get', path: '/api/v1/approvals', answer: 'Approvals' },
  }),
  show: declare<ApprovalNamed, ApprovalPage>()({
    summary: 'One approval, whether or not it is still asked for',
    changes: false,
    members: { run: 'the id of the run, or its beginning', task: 'the address of the task' },
    http: { method: 'get', path: '/api/v1/approvals/{run}/{task}', answer: 'The approval' },
  }),
};
