import { z } from 'zod';
import { JsonValue } from '../../events/canonical-json.ts';

/** What a list says of a run beyond its line: it takes reading the run. */
export const RunDetail = z.object({
  run: z.string(),
  /** The event that this is true after. */
  sequence: z.int(),
  /** Its inputs in the order of the definition, required ones first: at most four, each as one short line. */
  input: z.array(z.object({ name: z.string(), text: z.string() })),
  /** Attempts of its tasks together, those inside of others not counted. */
  attempts: z.int(),
  /** In the order of the definition, those inside of others left out. */
  tasks: z.array(z.object({ task: z.string(), status: z.string(), attempt: z.int() })),
});

export type RunDetail = z.output<typeof RunDetail>;

/** A run that cannot be told of is left out. */
export const RunDetails = z.object({ runs: z.array(RunDetail) });

export type RunDetails = z.output<typeof RunDetails>;

/** ISO 8601, UTC. */
const time = z.string();

export const DefinitionName = z.object({ id: z.string(), version: z.int(), hash: z.string() });

/**
 * How a run is as a person reads it: the statuses of runs, and those that only show. CANCELLED is TERMINATED for
 * programs: a person ended it and let it undo what it did.
 */
export const ShownStatus = z.enum([
  'RUNNING',
  'NEEDS_APPROVAL',
  'PAUSED',
  'CANCELLING',
  'COMPENSATING',
  'COMPLETED',
  'FAILED',
  'TIMED_OUT',
  'TERMINATED',
  'CANCELLED',
  'QUARANTINED',
]);

export type ShownStatus = z.output<typeof ShownStatus>;

/** One line of the list of runs, from the last record of its journal alone. */
export const RunLine = z.object({
  run: z.string(),
  /** The shortest beginning of the id that no other run has, of 13 characters at least. */
  shortId: z.string(),
  definition: DefinitionName,
  /** That of programs: NEEDS_APPROVAL is RUNNING, CANCELLED is TERMINATED. */
  status: z.string(),
  shown: ShownStatus,
  /** Tasks that will not change any more, of all. */
  settled: z.int(),
  tasks: z.int(),
  /** At most ten of the tasks that are open, by their addresses. */
  active: z.array(z.object({ task: z.string(), status: z.string() })),
  startedAt: time,
  endedAt: time.optional(),
  updatedAt: time,
  /** When the earliest of its timers is due. */
  dueAt: time.optional(),
  /** The code of its error. */
  error: z.string().optional(),
  trigger: z.string(),
  parent: z.string().optional(),
  /** The number of its last event, and the place of that in the journal of all runs. */
  sequence: z.int(),
  position: z.int(),
  /** How long runs of this version take that completed: the median in ms, absent before there are three. */
  typicalMs: z.number().optional(),
  /** Why it is quarantined. */
  problem: z.string().optional(),
});

export type RunLine = z.output<typeof RunLine>;

export const RunList = z.object({
  runs: z.array(RunLine),
  /** How many fit the filter, of how many there are. */
  matching: z.int(),
  total: z.int(),
  /** To be given as `cursor` for the runs behind these; absent at the end. */
  cursor: z.string().optional(),
  /** How many fit by status, `shown` counted, whatever the status in the filter. */
  counts: z.record(z.string(), z.int()),
  /** The place in the journal of all runs that this was true at. */
  position: z.int(),
});

export type RunList = z.output<typeof RunList>;

export const TaskRow = z.object({
  /** The address of the task: its id, or more inside of a FORK or a loop. */
  id: z.string(),
  /** How deep it stands inside of others. */
  depth: z.int(),
  type: z.string(),
  status: z.string(),
  state: z.string(),
  attempt: z.int(),
  attemptsMax: z.int(),
  elapsedMs: z.number().optional(),
  note: z.string(),
  worker: z.string().optional(),
  /** Where in the text of its definition it begins, from 1. */
  line: z.int().optional(),
});

export type TaskRow = z.output<typeof TaskRow>;

/** Something that may be asked of the run now; what may not is left out or says why. */
export const RunAction = z.object({
  kind: z.enum([
    'pauseRun',
    'resumeRun',
    'cancelRun',
    'terminateRun',
    'retryRun',
    'rerun',
    'fork',
    'approve',
    'reject',
    'delegateApproval',
    'skipTask',
    'resolveTask',
    'signal',
    'dropDeadLetter',
  ]),
  task: z.string().optional(),
  /** The name of the signal that is waited for. */
  signal: z.string().optional(),
  /** What a person would type instead. */
  command: z.string(),
  /** Who may, in words. */
  who: z.string(),
});

export type RunAction = z.output<typeof RunAction>;

/** A run as it is, or as it was after an event. */
export const RunPage = z.object({
  run: z.string(),
  shortId: z.string(),
  definition: DefinitionName.extend({ name: z.string().optional(), description: z.string().optional() }),
  status: z.string(),
  shown: ShownStatus,
  /** The event that this is true after, and the last one there is. */
  sequence: z.int(),
  last: z.int(),
  isPast: z.boolean(),
  startedAt: time,
  endedAt: time.optional(),
  updatedAt: time,
  settled: z.int(),
  tasks: z.int(),
  /** When it will have ended, judged by earlier runs: absent where that is not known or a person is waited for. */
  expectedEndAt: time.optional(),
  typicalMs: z.number().optional(),
  /** Why it is not green, in words: the first line is what happened. Empty when it is. */
  why: z.array(z.string()),
  /** What it waits for; `fix` is a command. */
  waitsFor: z.array(
    z.object({
      task: z.string().optional(),
      reason: z.string(),
      fix: z.string().optional(),
      unattended: z.boolean().optional(),
    }),
  ),
  /** Where it comes from, what answered its failure, what it keeps. */
  facts: z.array(z.object({ name: z.string(), text: z.string() })),
  startedBy: z.string(),
  parent: z.string().optional(),
  failureRun: z.string().optional(),
  input: z.record(z.string(), JsonValue),
  output: JsonValue.optional(),
  outputs: z.array(z.object({ name: z.string(), value: JsonValue, isFile: z.boolean() })),
  error: z.object({ code: z.string(), message: z.string(), details: JsonValue.optional() }).optional(),
  failedTask: z.string().optional(),
  taskRows: z.array(TaskRow),
  /** Empty for a run as it was: nothing of it can be asked any more, but a fork. */
  actions: z.array(RunAction),
  timers: z.array(z.object({ timer: z.string(), task: z.string().optional(), dueAt: time })),
  damage: z.string().optional(),
});

export type RunPage = z.output<typeof RunPage>;
