import type {
  BulkReport,
  BulkRequest,
  EmergencyReport,
  EmergencyRequest,
  Recorded,
  StartedRun,
  StartRequest,
} from '../commands.ts';
import type { PageQuery } from '../page.ts';
import type { DeadLetterList, RunDetails, RunGrid, RunList, RunPage, RunResult } from '../run.ts';
import type { RunComparison } from '../run-compare.ts';
import type {
  ComparedNames,
  ForkOf,
  MigrateRequest,
  RunAt,
  RunCommandRequest,
  RunDetailsRequest,
  RunGridRequest,
  RunListRequest,
  RunNamed,
  SqlAnswer,
  SqlQuestion,
} from '../run-requests.ts';
import { declare } from './operation.ts';

const path = '/api/v1/runs';
const answer = 'What was recorded';
const run = 'the id of the run, its beginning, @last or @failed';

export const runOperations = {
  list: declare<RunListRequest, RunList>()({
    summary: 'The runs that fit, in order',
    changes: false,
    http: { method: 'get', path, answer: 'Runs' },
  }),
  grid: declare<RunGridRequest, RunGrid>()({
    summary: 'The twenty runs of each definition that were started last, of those that fit',
    changes: false,
    members: { limit: 'how many definitions, in the order of their ids' },
    http: { method: 'get', path: '/api/v1/run-grid', answer: 'Runs by definition' },
  }),
  query: declare<SqlQuestion, SqlAnswer>()({
    summary: 'A question in SQL about all runs, which can only read',
    changes: false,
    members: {
      sql: 'one SELECT over `runs`, `tasks`, `attempts`, `events` and `workflow_executions`',
      limit: 'how many rows at most',
      where: 'whose tasks, attempts, events and executions are asked, in the terms of a list of runs',
    },
    http: { method: 'post', path: '/api/v1/query', answer: 'The rows' },
  }),
  show: declare<RunAt, RunPage>()({
    summary: 'A run as it is, or as it was after event `at`',
    changes: false,
    members: { run },
    http: { method: 'get', path: `${path}/{run}`, answer: 'The run' },
  }),
  result: declare<RunNamed, RunResult>()({
    summary: 'What came of a run: its output whole, also where that is large, or how it ended',
    changes: false,
    members: { run },
    http: { method: 'get', path: `${path}/{run}/result`, answer: 'As far as it has come' },
  }),
  start: declare<StartRequest, StartedRun>()({
    summary: 'Starts a run',
    changes: true,
    http: { method: 'post', path, status: 201, answer: 'The run that was started' },
  }),
  command: declare<RunCommandRequest, Recorded>()({
    summary: 'Asks something of a run: to pause, to go on, to end, to take an answer',
    changes: true,
    members: { run },
    http: { method: 'post', path: `${path}/{run}/commands`, body: 'command', answer },
  }),
  fork: declare<ForkOf, Recorded>()({
    summary: 'Starts a new run that goes on from an event of this one',
    changes: true,
    members: { run },
    http: { method: 'post', path: `${path}/{run}/fork`, answer },
  }),
  resume: declare<RunNamed, Recorded>()({
    summary: 'Makes sure that an engine works on the run',
    changes: true,
    members: { run },
    http: { method: 'post', path: `${path}/{run}/resume`, answer },
  }),
  migrate: declare<MigrateRequest, Recorded>()({
    summary:
      'Has a run under way go on by another version of its definition, by the highest if none is named',
    changes: true,
    members: { run, version: 'a registered version; the highest without it' },
    http: { method: 'post', path: `${path}/{run}/migrate`, answer },
    command: { words: 'migrate', arguments: ['run'], options: { version: '--to <version>' } },
  }),
  compare: declare<ComparedNames, RunComparison>()({
    summary: 'Two runs side by side: inputs, tasks, what came of them, and where their ways part',
    changes: false,
    members: { run, other: 'the other run, named in the same way' },
    http: { method: 'get', path: `${path}/{run}/compare/{other}`, answer: 'Each run as it is now' },
    command: { words: 'compare', arguments: ['run', 'other'] },
  }),
  details: declare<RunDetailsRequest, RunDetails>()({
    summary: 'What a list says of runs beyond their lines: inputs, attempts and how each task is',
    changes: false,
    http: {
      method: 'get',
      path: '/api/v1/run-details',
      answer: 'In the order in which they were asked for',
    },
  }),
  deadLetters: declare<PageQuery, DeadLetterList>()({
    summary: 'The tasks that failed for good and that nobody has gone on with, the latest first',
    changes: false,
    http: { method: 'get', path: '/api/v1/dead-letters', answer: 'Dead letters' },
  }),
  bulk: declare<BulkRequest, BulkReport>()({
    summary:
      'The same for all runs that fit; without `dryRun`, `expectCount` has to be how many there are now',
    changes: true,
    http: { method: 'post', path: `${path}/bulk`, answer: 'What became of each' },
  }),
  emergency: declare<EmergencyRequest, EmergencyReport>()({
    summary: 'Stops much at once; with `dryRun` tells what would happen, in words',
    changes: true,
    http: { method: 'post', path: '/api/v1/emergency', answer: 'What will happen, or has' },
  }),
};
