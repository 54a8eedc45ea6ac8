import type {
  StationReport,
  WorksetList,
  WorksetNamed,
  WorksetPause,
  WorksetQuery,
  WorksetReport,
  WorksetStart,
} from '../worksets.ts';
import { declare } from './operation.ts';

const path = '/api/v1/worksets';
const answer = 'The workset';
const name = 'the id of the workset, or a run of it';
export const worksetOperations = {
  list: declare<WorksetQuery, WorksetList>()({
    summary: 'The worksets that there are, each with how its latest run is',
    changes: false,
    http: { method: 'get', path, answer: 'The worksets' },
    command: {
      words: 'workset list',
      options: { limit: '--limit <count>', after: '--after <cursor>' },
      table: {
        of: 'items',
        columns: ['id', 'status', 'progress.percent', 'progress.failed', 'owner', 'run', 'goal'],
      },
    },
  }),
  show: declare<WorksetNamed, WorksetReport>()({
    summary: 'A workset with the state of each item; any other run is shown as one of its tasks',
    changes: false,
    members: { name },
    http: { method: 'get', path: `${path}/{name}`, answer },
    command: {
      words: 'workset show',
      arguments: ['name'],
      table: { of: 'items', columns: ['id', 'workflow', 'status', 'run', 'error.message'] },
    },
  }),
  start: declare<WorksetStart, WorksetReport>()({
    summary: 'Starts a workset: each item begins as soon as those that it depends on completed',
    changes: true,
    members: {
      name: 'the id of the workset, or the path of its file',
      input: 'its input, as JSON',
      draft: 'take the file of the project, also where another version is registered',
    },
    http: { method: 'post', path: `${path}/{name}/start`, answer, status: 201 },
  }),
  pause: declare<WorksetPause, WorksetReport>()({
    summary: 'Pauses a workset and the runs of its items: what is under way ends, nothing new begins',
    changes: true,
    members: { name, reason: 'why' },
    http: { method: 'post', path: `${path}/{name}/pause`, answer },
  }),
  resume: declare<WorksetNamed, WorksetReport>()({
    summary: 'Resumes a workset and the runs of its items',
    changes: true,
    members: { name },
    http: { method: 'post', path: `${path}/{name}/resume`, answer },
  }),
  report: declare<WorksetNamed, StationReport>()({
    summary: 'A workset, or any run, in the form that a 3OX station keeps of a workset',
    changes: false,
    members: { name },
    http: { method: 'get', path: `${path}/{name}/report`, answer: 'The report' },
    command: { words: 'workset report', arguments: ['name'] },
  }),
};
