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
  RunResultRequest,
  SqlAnswer,
  SqlQuestion,
} from '../run-requests.ts';
import { declare, type ToolKinds } from './operation.ts';

const path = '/api/v1/runs';
const answer = 'What was recorded';
const run = 'the id of the run, its beginning, @last or @failed';

const commandTools: ToolKinds = {
  of: 'command',
  kinds: {
    approve: { name: 'approve', summary: 'Answers an approval with yes', destructive: true },
    reject: { name: 'reject', summary: 'Answers an approval with no', destructive: true },
    requestChange: {
      name: 'request_change',
      summary: 'Has what an approval is about done again, as the comment says, and the approval asked anew',
    },
    delegateApproval: { name: 'delegate_approval', summary: 'Hands an approval over to somebody else' },
    signal: { name: 'signal', summary: 'Sends a signal to a run, with data' },
    pauseRun: {
      name: 'pause_run',
      summary: 'Begins nothing more in a run until it is resumed',
      idempotent: true,
    },
    resumeRun: { name: 'resume_run', summary: 'Goes on with a run that is paused', idempotent: true },
    cancelRun: {
      name: 'cancel_run',
      summary: 'Ends a run in order: what it did is undone',
      destructive: true,
      idempotent: true,
    },
    terminateRun: {
      name: 'terminate_run',
      summary: 'Ends a run at once, and undoes nothing',
      destructive: true,
      idempotent: true,
    },
    retryRun: {
      name: 'retry_run',
      summary: 'Tries the tasks again with which a run failed',
      destructive: true,
    },
    rerun: { name: 'rerun', summary: 'Does a run again from a task on', destructive: true },
    skipTask: { name: 'skip_task', summary: 'Leaves out a task of a run', destructive: true },
    resolveTask: { name: 'resolve_task', summary: 'Says what a task gives, in its place', destructive: true },
    assignTask: { name: 'assign_task', summary: 'Gives a task of a run to an agent' },
    dropDeadLetter: {
      name: 'drop_dead_letter',
      summary: 'Takes the failure of a run for settled',
      destructive: true,
      idempotent: true,
    },
  },
};

export const runOperations = {
  list: declare<RunListRequest, RunList>()({
    summary: 'The runs that fit, in order',
    changes: false,
    http: { method: 'get', path, answer: 'Runs' },
    tool: { name: 'list_runs' },
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
    tool: { name: 'query_runs' },
  }),
  show: declare<RunAt, RunPage>()({
    summary: 'A run as it is, or as it was after event `at`',
    changes: false,
    members: { run },
    http: { method: 'get', path: `${path}/{run}`, answer: 'The run' },
    tool: { name: 'show_run' },
  }),
  result: declare<RunResultRequest, RunResult>()({
    summary: 'What came of a run: its output whole, also where that is large, or how it ended',
    changes: false,
    members: {
      run,
      wait: 'so many seconds it is waited for, at most 60, until the run has ended or waits for a person',
    },
    http: { method: 'get', path: `${path}/{run}/result`, answer: 'As far as it has come' },
    tool: { name: 'run_result' },
  }),
  start: declare<StartRequest, StartedRun>()({
    summary: 'Starts a run',
    changes: true,
    http: { method: 'post', path, status: 201, answer: 'The run that was started' },
    tool: { name: 'start_run', destructive: true },
  }),
  command: declare<RunCommandRequest, Recorded>()({
    summary: 'Asks something of a run: to pause, to go on, to end, to take an answer',
    changes: true,
    members: { run },
    http: { method: 'post', path: `${path}/{run}/commands`, body: 'command', answer },
    tool: commandTools,
  }),
  fork: declare<ForkOf, Recorded>()({
    summary: 'Starts a new run that goes on from an event of this one',
    changes: true,
    members: { run },
    http: { method: 'post', path: `${path}/{run}/fork`, answer },
    tool: { name: 'fork_run', destructive: true },
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
    tool: { name: 'migrate_run', destructive: true },
  }),
  compare: declare<ComparedNames, RunComparison>()({
    summary: 'Two runs side by side: inputs, tasks, what came of them, and where their ways part',
    changes: false,
    members: { run, other: 'the other run, named in the same way' },
    http: { method: 'get', path: `${path}/{run}/compare/{other}`, answer: 'Each run as it is now' },
    command: { words: 'compare', arguments: ['run', 'other'] },
    tool: { name: 'compare_runs' },
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
    tool: { name: 'list_dead_letters' },
  }),
  bulk: declare<BulkRequest, BulkReport>()({
    summary:
      'The same for all runs that fit; without `dryRun`, `expectCount` has to be how many there are now',
    changes: true,
    http: { method: 'post', path: `${path}/bulk`, answer: 'What became of each' },
    tool: { name: 'change_runs', destructive: true, triesFirst: 'dryRun' },
  }),
  emergency: declare<EmergencyRequest, EmergencyReport>()({
    summary: 'Stops much at once; with `dryRun` tells what would happen, in words',
    changes: true,
    http: { method: 'post', path: '/api/v1/emergency', answer: 'What will happen, or has' },
  }),
};
