import { z } from 'zod';
import { JsonObject, JsonValue } from '../../events/canonical-json.ts';
import { RunDamage } from './run.ts';

/** ISO 8601, UTC. */
const time = z.string();

/** One event of a run as a line of a list. */
export const EventLine = z.object({
  sequence: z.int(),
  /** Its place in the journal of all runs. */
  position: z.int(),
  time,
  type: z.string(),
  actor: z.string(),
  /** The address of the task that it is about. */
  task: z.string().optional(),
  /** What it says besides its type, in a few words. */
  note: z.string(),
  /** The status of the run after it. */
  status: z.string(),
  /** Somebody stepped in: an answer, a pause, a retry, a signal and so on. */
  isIntervention: z.boolean(),
  /** Why it cannot follow the events before it. */
  problem: z.string().optional(),
});
export type EventLine = z.output<typeof EventLine>;

/** In the order of their numbers. `first` and `last` are those of the whole run. */
export const EventPage = z.object({
  events: z.array(EventLine),
  /** How many events fit, of all of the run. */
  matching: z.int(),
  total: z.int(),
  /** The types that occur in the run, with how often. */
  types: z.record(z.string(), z.int()),
});
export type EventPage = z.output<typeof EventPage>;

/** One event with what it says: an item of a history, and a line of an export. */
export const EventDocument = EventLine.extend({
  /** Its time in the calendar of Sirius; absent for what is no event. */
  sirius: z.string().optional(),
  fact: JsonObject,
  transitions: z.array(z.object({ task: z.string().optional(), from: z.string(), to: z.string() })),
  hash: z.string(),
  previousHash: z.string(),
  request: z.string().optional(),
  /** There where it cannot follow the events before it, or stands behind one that cannot. */
  damage: RunDamage.optional(),
});
export type EventDocument = z.output<typeof EventDocument>;

/** In the order of their numbers. `last` is that of the last event of the run. */
export const EventDocuments = z.object({ events: z.array(EventDocument), last: z.int() });
export type EventDocuments = z.output<typeof EventDocuments>;

/** The same with its record as it stands in the journal. */
export const EventDetail = EventDocument.extend({ record: JsonValue });
export type EventDetail = z.output<typeof EventDetail>;

/**
 * One stretch of a row: `queued` before an attempt begins, `running` an attempt, `retrying` the wait for the next one,
 * `waiting` for a person, a time, a signal or another run. `to` is absent while it lasts.
 */
export const TimelineBar = z.object({
  kind: z.enum(['queued', 'running', 'retrying', 'waiting']),
  from: time,
  to: time.optional(),
  attempt: z.int(),
  /** How it ended: `completed`, `failed`, `timed_out`, `cancelled`, `skipped`, `rejected`, `lost` ... */
  outcome: z.string().optional(),
  worker: z.string().optional(),
  note: z.string().optional(),
  /** The numbers of the events that it begins and ends with. */
  fromEvent: z.int(),
  toEvent: z.int().optional(),
});
export type TimelineBar = z.output<typeof TimelineBar>;

/** Something that happened at a moment: an answer, a pause, a signal, a migration, an alert. */
const TimelineMark = z.object({
  time,
  event: z.int(),
  type: z.string(),
  by: z.string(),
  note: z.string(),
});

export const TimelineRow = z.object({
  id: z.string(),
  depth: z.int(),
  type: z.string(),
  status: z.string(),
  bars: z.array(TimelineBar),
  marks: z.array(TimelineMark),
});
export type TimelineRow = z.output<typeof TimelineRow>;

/** Rows in the order in which their tasks first began; tasks that did nothing yet are left out. */
export const Timeline = z.object({
  from: time,
  /** When the run ended, or the time of its last event. */
  to: time,
  isOver: z.boolean(),
  rows: z.array(TimelineRow),
  /** About the run as a whole. */
  marks: z.array(TimelineMark),
  /** How many rows more there are than are told. */
  omitted: z.int(),
});
export type Timeline = z.output<typeof Timeline>;

/** Whether the tasks of a definition are drawn, or the states of the statechart that it compiles to. */
export const TasksOrStates = z.enum(['tasks', 'states']);
export type TasksOrStates = z.output<typeof TasksOrStates>;

/**
 * A task or a group of tasks, or a state, as a box. Places and sizes in pixels; those inside of a group count from its
 * corner.
 */
export const GraphNode = z.object({
  id: z.string(),
  name: z.string().optional(),
  /** The type of the task; of a state: `atomic`, `compound`, `parallel`, `final`. */
  type: z.string(),
  /** Of a state: it is entered first. Absent in the graph of tasks. */
  isInitial: z.boolean().optional(),
  /** The task whose region this is, or whose state: one in its region. Absent in the graph of tasks. */
  task: z.string().optional(),
  /** The group it stands in. */
  parent: z.string().optional(),
  x: z.number(),
  y: z.number(),
  width: z.number(),
  height: z.number(),
  /** Absent in the graph of a definition, and of states in which the run is not. */
  status: z.string().optional(),
  note: z.string().optional(),
  /** How many passes of a FORK or a loop stand behind the box, by status. */
  counts: z.record(z.string(), z.int()).optional(),
  /** Where its definition begins in the text, from 1. */
  line: z.int().optional(),
});
export type GraphNode = z.output<typeof GraphNode>;

export const GraphEdge = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  /**
   * `needs`: depends_on. `case`: of a decision. `catch`, `fallback`, `undo`: taken only when something failed.
   * `transition`: from state to state.
   */
  kind: z.enum(['needs', 'case', 'catch', 'fallback', 'undo', 'transition']),
  /** The value of the case, the codes of the errors, the condition, or the events with their guards. */
  label: z.string().optional(),
  /** Of a transition: what leads along it. */
  events: z.array(z.object({ event: z.string(), guard: z.string().optional() })).optional(),
  /** The run went this way; absent in the graph of a definition. */
  isTaken: z.boolean().optional(),
  /** What a condition was with the values that it saw, such as `qty > 10 was false: qty = 7`. */
  evidence: z.string().optional(),
  /** Corners of the line, from its beginning to its end, in pixels of the whole picture. */
  points: z.array(z.object({ x: z.number(), y: z.number() })),
});
export type GraphEdge = z.output<typeof GraphEdge>;

export const Graph = z.object({
  width: z.number(),
  height: z.number(),
  nodes: z.array(GraphNode),
  edges: z.array(GraphEdge),
});
export type Graph = z.output<typeof Graph>;

/** What the run knows after an event, and what that event changed. */
export const RunContext = z.object({
  sequence: z.int(),
  input: JsonObject,
  variables: JsonObject,
  /** By task. */
  outputs: JsonObject,
  output: JsonValue.optional(),
  changes: z.array(z.object({ path: z.string(), before: JsonValue.optional(), after: JsonValue.optional() })),
  omitted: z.int(),
});
export type RunContext = z.output<typeof RunContext>;

/** What one participant did in the run: an agent, a person, an action of the engine. */
export const AgentLane = z.object({
  name: z.string(),
  kind: z.enum(['agent', 'person', 'engine', 'trigger']),
  acts: z.array(
    z.object({
      event: z.int(),
      time,
      /** `began`, `completed`, `failed`, `progress`, `approved`, `paused`, ... */
      what: z.string(),
      task: z.string().optional(),
      attempt: z.int().optional(),
      worker: z.string().optional(),
      note: z.string(),
    }),
  ),
  /** How many acts more there are than are told: the latest are. */
  omitted: z.int(),
});
export type AgentLane = z.output<typeof AgentLane>;

/** One line of what was said and done, in the order of time. */
export const LogLine = z.object({
  event: z.int(),
  time,
  level: z.enum(['info', 'warn', 'error']),
  task: z.string().optional(),
  /** Where an attempt printed it; `report`: a line on descriptor 3 that could not be taken. Absent: we say it. */
  stream: z.enum(['stdout', 'stderr', 'report']).optional(),
  /** The attempt that printed it. */
  attempt: z.int().optional(),
  text: z.string(),
});
export type LogLine = z.output<typeof LogLine>;

export const AgentLanes = z.object({ lanes: z.array(AgentLane) });
export type AgentLanes = z.output<typeof AgentLanes>;

export const RunLog = z.object({ lines: z.array(LogLine) });
export type RunLog = z.output<typeof RunLog>;

/** The same document as `--json` prints. */
export const JsonDocument = JsonObject;
export type JsonDocument = z.output<typeof JsonDocument>;
