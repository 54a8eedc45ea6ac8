import { z } from 'zod';
import { JsonObject, JsonValue } from '../../events/canonical-json.ts';
import { RunStatus } from '../../events/record.ts';
import { ErrorData, TriggerRef } from '../../events/run-events.ts';
import { pageSchema } from './page.ts';

/** What a list says of a run beyond its line: it takes reading the run. */
export const RunDetail = z.object({
  run: z.string(),
  /** The event that this is true after. */
  sequence: z.int(),
  /** Its inputs in the order of the definition, required ones first: at most four, each as one short line. */
  inputLines: z.array(z.object({ name: z.string(), text: z.string() })),
  /** Attempts of its tasks together, those inside of others not counted. */
  attempts: z.int(),
  /** In the order of the definition, those inside of others left out. */
  tasks: z.array(z.object({ id: z.string(), status: z.string(), attempt: z.int() })),
});

export type RunDetail = z.output<typeof RunDetail>;

/** A run that cannot be told of is left out. */
export const RunDetails = z.object({ runs: z.array(RunDetail) });

export type RunDetails = z.output<typeof RunDetails>;

/** ISO 8601, UTC. */
const time = z.string();

const DefinitionName = z.object({ id: z.string(), version: z.int(), hash: z.string() });

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
  'NEWER',
]);

export type ShownStatus = z.output<typeof ShownStatus>;

/** Why a run is quarantined, or left to newer engines: events before `sequence` are sound. */
export const RunDamage = z.object({
  code: z.string(),
  sequence: z.int(),
  position: z.int(),
  message: z.string(),
});

/** What a line of the list tells of a run, and the run itself. */
const RunGlance = z.object({
  run: z.string(),
  /** What it is called in the business. */
  key: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  /** Its label `owner`, else whoever asked for it. */
  owner: z.string().optional(),
  definition: DefinitionName,
  /** That of programs: NEEDS_APPROVAL is RUNNING, CANCELLED is TERMINATED. */
  status: z.string(),
  shown: ShownStatus,
  /** The number of the event that this is true after. */
  sequence: z.int(),
  /** Tasks that will not change any more, of how many there are. */
  settled: z.int(),
  taskCount: z.int(),
  startedAt: time,
  startedAtSirius: z.string(),
  endedAt: time.optional(),
  updatedAt: time,
  /** The name of what started it, `sub-workflow` or `manual`. */
  trigger: z.string(),
  /** The run that it is a part of, or whose failure it answers. */
  parent: z.string().optional(),
  /** Why it is quarantined, in words and as data. */
  problem: z.string().optional(),
  damage: RunDamage.optional(),
});

/** What the other runs say about one. */
const AmongRuns = z.object({
  /** The shortest beginning of the id that no other run has, of 13 characters at least. */
  shortId: z.string(),
  /** How long runs of this version take that completed: the median in ms, absent before there are three. */
  typicalMs: z.number().optional(),
});

/** What a run waits for as a whole, and what would help: the first thing that somebody has to do something about. */
export const RunWait = z.object({
  /** Who or what would move it; `place`: its turn, or room at a busy agent; `run`: a run that it started. */
  for: z.enum(['person', 'agent', 'engine', 'place', 'signal', 'run', 'time']),
  /** Nothing but somebody here moves it: a person, an agent that is not there, an engine that nobody has started. */
  needsYou: z.boolean(),
  since: time,
  reason: z.string(),
  /** A command. */
  fix: z.string().optional(),
  task: z.string().optional(),
});
export type RunWait = z.output<typeof RunWait>;

/** One line of the list of runs, from the last record of its journal, and from who is there. */
export const RunLine = RunGlance.extend({
  ...AmongRuns.shape,
  /** Absent where it moves by itself, or is over. */
  wait: RunWait.optional(),
  /** At most ten of the tasks that are open, by their addresses. */
  active: z.array(z.object({ task: z.string(), status: z.string() })),
  /** When the earliest of its timers is due. */
  dueAt: time.optional(),
  /** The code of its error, how the message begins, and what names those that failed alike. */
  errorCode: z.string().optional(),
  errorText: z.string().optional(),
  errorGroup: z.string().optional(),
  /** At most ten of the agents that open tasks are with. */
  agents: z.array(z.string()).optional(),
  /** The beginnings of its searchable inputs. */
  searchable: z.record(z.string(), z.string()).optional(),
  /** The place of its last event in the journal of all runs. */
  position: z.int(),
  /** Set where it has left the journal: all of it is kept, or only what this line says. */
  archived: z.enum(['whole', 'head']).optional(),
});

export type RunLine = z.output<typeof RunLine>;

/** `total`: how many fit the filter. */
export const RunList = pageSchema(RunLine).extend({
  /** How many there are in all. */
  all: z.int(),
  /** How many fit by status, `shown` counted, whatever the status in the filter. */
  counts: z.record(z.string(), z.int()),
  /** The place in the journal of all runs that this was true at. */
  position: z.int(),
});

export type RunList = z.output<typeof RunList>;

/** The runs of a definition that were started last; `total`: how many of it fit. */
export const RunGroup = z.object({ definition: z.string(), total: z.int(), runs: z.array(RunLine) });
export type RunGroup = z.output<typeof RunGroup>;

/** `total`: how many definitions have runs that fit. */
export const RunGrid = pageSchema(RunGroup);
export type RunGrid = z.output<typeof RunGrid>;

/** A task of a run: what its definition says, and how it stands. */
export const RunTask = z.object({
  /** The address of the task: its id, or more inside of a FORK or a loop. */
  id: z.string(),
  /** How deep it stands inside of others. */
  depth: z.int(),
  type: z.string(),
  status: z.string(),
  /** The state of its region of the chart. */
  state: z.string(),
  completed: z.boolean(),
  attempt: z.int(),
  attemptsMax: z.int(),
  elapsedMs: z.number().optional(),
  /** What is to be said of it besides, in a few words. */
  note: z.string(),
  worker: z.string().optional(),
  /** Where in the text of its definition it begins, from 1; absent where that text is not at hand. */
  line: z.int().optional(),
  firstScheduledAt: time.optional(),
  scheduledAt: time.optional(),
  startedAt: time.optional(),
  endedAt: time.optional(),
  heartbeatAt: time.optional(),
  retryAt: time.optional(),
  alertedAt: time.optional(),
  escalatedAt: time.optional(),
  /** Edited by hand: used instead of what the definition says. */
  input: JsonValue.optional(),
  output: JsonValue.optional(),
  error: ErrorData.optional(),
  /** How far a FORK over a list, or a loop, has come. */
  passes: z
    .object({ total: z.int().optional(), completed: z.int(), failed: z.int(), running: z.int() })
    .optional(),
  progress: z.object({ percent: z.number().optional(), message: z.string().optional() }).optional(),
  /** The agents that the latest attempt was assigned to by their skills; the first leads. */
  assigned: z
    .array(z.object({ agent: z.string(), skills: z.array(z.string()).readonly() }))
    .readonly()
    .optional(),
  /** The agent that somebody gave the task to. */
  appointed: z.object({ agent: z.string(), by: z.string() }).optional(),
  /** How many workers were lost while they carried the latest attempt out. */
  deaths: z.int().optional(),
  decision: z
    .object({ value: JsonValue, case: z.string().optional(), next: z.array(z.string()).readonly() })
    .optional(),
  /** What people, or the time-out of an approval, said. */
  answer: z.enum(['approved', 'rejected']).optional(),
  grants: z
    .array(
      z.object({
        by: z.string(),
        inPlaceOf: z.string().optional(),
        at: time,
        comment: z.string().optional(),
        data: JsonValue.optional(),
      }),
    )
    .readonly()
    .optional(),
  delegations: z
    .array(z.object({ by: z.string(), to: z.string(), at: time, reason: z.string().optional() }))
    .readonly()
    .optional(),
  /** The attempts that count no more, since somebody asked for the task to be tried again. */
  spent: z.int().optional(),
  /** How often a person had it carried out anew: it has another idempotency key each time. */
  reruns: z.int().optional(),
  /** Its failure was routed to these tasks. */
  caught: z.array(z.string()).readonly().optional(),
  /** A person decided that it is not to be carried out. */
  byHand: z.literal(true).optional(),
  /** What a WAIT waits for. */
  until: time.optional(),
  /** The run that carries the latest attempt out. */
  child: z
    .object({
      run: z.string(),
      definition: DefinitionName,
      input: JsonValue,
      /** It goes on when this run ends. */
      abandon: z.literal(true).optional(),
    })
    .optional(),
});

export type RunTask = z.output<typeof RunTask>;

/** Something that may be asked of the run now. */
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
    'requestChange',
    'delegateApproval',
    'skipTask',
    'resolveTask',
    'signal',
    'dropDeadLetter',
    'startAgain',
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

const addresses = z.array(z.string()).readonly();

/** A run as it is, or as it was after an event: all that can be told without looking at other runs. */
export const RunDocument = RunGlance.extend({
  definition: DefinitionName.extend({ name: z.string().optional(), description: z.string().optional() }),
  /** Something happened after the event that this is true after. */
  isPast: z.boolean(),
  /** How long it took, once it has ended. */
  elapsedMs: z.number().optional(),
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
  /** What started it, in words, and as its journal has it where that is a trigger. */
  startedBy: z.string(),
  triggerRef: TriggerRef.optional(),
  /** The task of `parent` that it carries out. */
  parentTask: z.object({ task: z.string(), attempt: z.int() }).optional(),
  forkedFrom: z.object({ run: z.string(), at: z.int(), hash: z.string() }).optional(),
  failureOf: z.string().optional(),
  /** The run that answers its failure, or why there is none. */
  failureRun: z.string().optional(),
  failureRunError: ErrorData.optional(),
  input: JsonObject,
  output: JsonValue.optional(),
  outputs: z.array(z.object({ name: z.string(), value: JsonValue, isFile: z.boolean() })),
  error: ErrorData.optional(),
  failedTask: z.string().optional(),
  /** In the order of the definition; of what a FORK or a loop works on, some passes. */
  tasks: z.array(RunTask),
  /** Of a run as it was, a fork is all that can be asked. */
  actions: z.array(RunAction),
  /** What people look for and may not ask of it now, and why. */
  notNow: z.array(RunAction.pick({ kind: true }).extend({ reason: z.string() })),
  timers: z.array(
    z.object({ timer: z.string(), task: z.string().optional(), attempt: z.int().optional(), dueAt: time }),
  ),
  /** How far the undoing of what it did has come: by the addresses of the tasks that undo. */
  undoing: z.object({ left: addresses, done: addresses, failed: addresses }).optional(),
  /** What was said when it was paused, cancelled or terminated. */
  reason: z.string().optional(),
  /** Nobody wants to go on with the failed task. */
  droppedAt: time.optional(),
  /** The circuit breakers of its tasks. */
  breakers: z
    .record(z.string(), z.looseObject({ state: z.enum(['closed', 'open', 'half_open']) }))
    .optional(),
});

export type RunDocument = z.output<typeof RunDocument>;

/** The same, with what the other runs say about it. */
export const RunPage = RunDocument.extend({
  ...AmongRuns.shape,
  /** The number of its last event, whatever event this is true after. */
  last: z.int(),
  /** When it will have ended, judged by earlier runs: absent where that is not known or a person is waited for. */
  expectedEndAt: time.optional(),
  /** Absent where it moves by itself, is over, or is shown as it was. */
  wait: RunWait.optional(),
});

export type RunPage = z.output<typeof RunPage>;

/** The tasks that failed for good, the latest first. */
export const DeadLetterList = pageSchema(
  z.object({
    run: z.string(),
    shortId: z.string(),
    definition: DefinitionName,
    task: z.string(),
    attempts: z.int(),
    error: z.object({ code: z.string(), message: z.string(), details: JsonValue.optional() }).optional(),
    at: z.string(),
    /** `FAILED`, `TIMED_OUT`, or `PAUSED` if the run waits for a person. */
    status: z.string(),
  }),
);

export type DeadLetterList = z.output<typeof DeadLetterList>;

/** What came of a run, whole. `output` is there once it has completed, `error` where it failed. */
export const RunResult = z.object({
  run: z.string(),
  status: RunStatus,
  output: JsonValue.optional(),
  error: ErrorData.optional(),
  reason: z.string().optional(),
  /** While it goes on: what it waits for, in words, and the commands that help. */
  waitsFor: z
    .array(z.object({ task: z.string().optional(), reason: z.string(), fix: z.string().optional() }))
    .optional(),
  /** The tasks that ask for an approval now, by their addresses; absent where there are none. */
  approvals: z.array(z.string()).optional(),
});
export type RunResult = z.output<typeof RunResult>;
