import type {
  AgentLanes,
  EventDetail,
  EventDocuments,
  EventPage,
  Graph,
  JsonDocument,
  RunContext,
  RunLog,
  Timeline,
} from '../run-parts.ts';
import type {
  EventListRequest,
  HistoryRead,
  ReplayRequest,
  RunAt,
  RunContextRequest,
  RunDiffRequest,
  RunDrawn,
  RunEvent,
  RunLogRequest,
  RunNamed,
} from '../run-requests.ts';
import { declare } from './operation.ts';

const path = '/api/v1/runs/{run}';
const members = { run: 'the id of the run, its beginning, @last or @failed' };
const tag = 'runs';

/** What is computed from the events of one run. */
export const historyOperations = {
  events: declare<EventListRequest, EventPage>()({
    summary:
      'The events of a run that fit, in the order of their numbers: the last of them, or with `order=asc` the first',
    changes: false,
    members,
    http: { method: 'get', path: `${path}/events`, tag, answer: 'Events' },
  }),
  event: declare<RunEvent, EventDetail>()({
    summary: 'One event with all that it holds',
    changes: false,
    members,
    http: { method: 'get', path: `${path}/events/{sequence}`, tag, answer: 'The event' },
  }),
  read: declare<HistoryRead, EventDocuments>()({
    summary: 'The events of a run behind event `after`, each with what it says',
    changes: false,
    members,
    http: {
      method: 'get',
      path: `${path}/history`,
      tag,
      answer: 'As items of `workflow history --json`',
    },
    tool: { name: 'run_history' },
  }),
  timeline: declare<RunAt, Timeline>()({
    summary: 'What the tasks of a run did and waited for, up to event `at`',
    changes: false,
    members,
    http: { method: 'get', path: `${path}/timeline`, tag, answer: 'The timeline' },
  }),
  graph: declare<RunDrawn, Graph>()({
    summary:
      'The graph of its definition with how the run, as it was after event `at`, went through it, or with `view=states` the states that it was in',
    changes: false,
    members,
    http: { method: 'get', path: `${path}/graph`, tag, answer: 'The graph' },
  }),
  context: declare<RunContextRequest, RunContext>()({
    summary:
      'What the run knows after event `at`, or now, and what that event changed, but with `changes=no`',
    changes: false,
    members,
    http: { method: 'get', path: `${path}/context`, tag, answer: 'The context' },
    tool: { name: 'run_context' },
  }),
  agents: declare<RunAt, AgentLanes>()({
    summary: 'What each who took part in a run did in it, up to event `at`',
    changes: false,
    members,
    http: { method: 'get', path: `${path}/agents`, tag, answer: 'A lane for each' },
  }),
  logs: declare<RunLogRequest, RunLog>()({
    summary:
      'What was said and done in a run, up to event `at`: the latest 2,000 lines; with `task` what its latest attempts printed, whole',
    changes: false,
    members: {
      ...members,
      task: 'only the lines of this task, with what its latest attempts printed',
      at: 'up to this event: its number, as workflow history shows it',
      after: 'only what comes after this event',
    },
    http: { method: 'get', path: `${path}/logs`, tag, answer: 'Lines' },
    tool: { name: 'run_logs' },
  }),
  next: declare<RunNamed, JsonDocument>()({
    summary: 'What can happen to a run next, and who may have it happen',
    changes: false,
    members,
    http: { method: 'get', path: `${path}/next`, tag, answer: 'As `workflow next --json`' },
    tool: { name: 'next_of_run' },
  }),
  diff: declare<RunDiffRequest, JsonDocument>()({
    summary: 'What changed in a run between two of its events',
    changes: false,
    members,
    http: {
      method: 'get',
      path: `${path}/diff`,
      tag,
      answer: 'As `workflow diff --json`, without the events between',
    },
    tool: { name: 'diff_run' },
  }),
  replay: declare<ReplayRequest, JsonDocument>()({
    summary: 'Folds a run again from its journal and compares every transition, head and hash',
    changes: false,
    members,
    http: { method: 'get', path: `${path}/replay`, tag, answer: 'As an item of `workflow replay --json`' },
  }),
};
