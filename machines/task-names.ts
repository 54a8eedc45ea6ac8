import type { Json } from '../events/canonical-json.ts';
import { agentNameRule, isAgentName } from './agents/agent-name.ts';
import { isReservedName, type Level } from './agents/declared-agent.ts';
import { defined } from './language/defined.ts';
import { durationCharsMax, parseDuration } from './language/duration.ts';
import { type Approvers, attemptsMax, type Duration, type SimpleTask, type Task } from './task.ts';

/**
 * The names in a task that are made of expressions, and its durations in milliseconds, once these gave them. `show`:
 * what an approval is about, as it was when it was asked for.
 */
export type TaskNames = {
  readonly agent?: string;
  readonly skills?: readonly string[];
  readonly signal?: string;
  readonly workflow?: string;
  readonly approvers?: Approvers;
  readonly escalateTo?: Approvers;
  readonly escalate?: readonly Approvers[];
  readonly show?: Readonly<Record<string, Json>>;
} & { readonly [span in DurationName]?: number };

type DurationName = (typeof durationNames)[number];

const ofRetry = ['initialDelayMs', 'maxDelayMs'] as const;
const ofAttempts = ['timeoutMs', 'queueTimeoutMs', 'totalTimeoutMs', 'heartbeatTimeoutMs'] as const;
const durationNames = [...ofAttempts, 'durationMs', ...ofRetry] as const;

/** Whether a name is not known before the task is scheduled. */
export function isDynamic(name: string): boolean {
  return name.includes('${');
}

/** What gives the names and durations of a task that are made of expressions; undefined where all stand in the text. */
export function nameTemplate(task: Task): Readonly<Record<string, Json>> | undefined {
  const found = Object.entries({ ...written(task), ...durationsOf(task) }).filter(([, value]) =>
    JSON.stringify(value).includes('${'),
  );

  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** The durations of a task. Delays between attempts count only where there is more than one. */
function durationsOf(task: Task): { readonly [span in DurationName]?: Duration } {
  const { timeoutMs, queueTimeoutMs, totalTimeoutMs, heartbeatTimeoutMs, retry } = task;
  const { initialDelayMs, maxDelayMs } = retry;

  return defined({
    ...{ timeoutMs, queueTimeoutMs, totalTimeoutMs, heartbeatTimeoutMs },
    durationMs: task.type === 'WAIT' ? task.durationMs : undefined,
    ...(attemptsMax(retry) > 1 ? { initialDelayMs, maxDelayMs } : {}),
  });
}

function written(task: Task): Readonly<Record<string, Json>> {
  switch (task.type) {
    case 'SIMPLE': {
      const { performer } = task;
      if (performer.kind === 'agent') return { agent: performer.agent };
      return performer.kind === 'skills' ? { skills: performer.skills } : {};
    }
    case 'WAIT':
      return task.signal === undefined ? {} : { signal: task.signal };
    case 'SUB_WORKFLOW':
      return { workflow: task.workflow };
    case 'HUMAN':
      return {
        ...(task.approvers === undefined ? {} : { approvers: task.approvers }),
        ...(task.escalateTo === undefined ? {} : { escalateTo: task.escalateTo }),
        ...(task.escalate === undefined ? {} : { escalate: task.escalate.map(({ to }) => to) }),
        ...(task.show === undefined ? {} : { show: task.show }),
      };
    default:
      return {};
  }
}

/** The task as it is said with the names and durations that its expressions gave. */
export function withNames<Named extends Task>(task: Named, names: TaskNames | undefined): Named {
  if (names === undefined) return task;
  const { agent, skills, signal, workflow, approvers, escalateTo, escalate } = names;
  const given = (among: readonly DurationName[]) =>
    Object.fromEntries(among.flatMap((name) => (names[name] === undefined ? [] : [[name, names[name]]])));

  return {
    ...task,
    ...given(task.type === 'WAIT' ? [...ofAttempts, 'durationMs'] : ofAttempts),
    retry: { ...task.retry, ...given(ofRetry) },
    ...(agent === undefined ? {} : { performer: { kind: 'agent', agent } }),
    ...(skills === undefined ? {} : { performer: { kind: 'skills', skills } }),
    ...(signal === undefined ? {} : { signal }),
    ...(workflow === undefined ? {} : { workflow }),
    ...(approvers === undefined ? {} : { approvers }),
    ...(escalateTo === undefined ? {} : { escalateTo }),
    ...(escalate === undefined || task.type !== 'HUMAN'
      ? {}
      : { escalate: task.escalate?.map((stage, index) => ({ ...stage, to: escalate[index] ?? stage.to })) }),
  };
}

/**
 * The agent that carries the latest attempt out, as far as that is known: the one that somebody gave the task to, else
 * the one that its definition names, else who was found by skills. Of several the one that leads.
 */
export function agentFor(
  performer: SimpleTask['performer'],
  { appointed, assigned }: AgentsOfTask,
): string | undefined {
  if (appointed !== undefined) return appointed.agent;

  return performer.kind === 'agent' ? performer.agent : assigned?.[0]?.agent;
}

type AgentsOfTask = {
  readonly appointed?: { readonly agent: string } | undefined;
  readonly assigned?: readonly { readonly agent: string }[] | undefined;
};

/** The keys of the language that names and durations are written under. */
const keys: Readonly<Record<keyof TaskNames, string>> = {
  agent: 'assigned_to',
  skills: 'requires',
  signal: 'signal',
  workflow: 'workflow',
  approvers: 'approvers',
  escalateTo: 'escalate_to',
  escalate: 'escalate',
  show: 'show',
  timeoutMs: 'timeout',
  queueTimeoutMs: 'queue_timeout',
  totalTimeoutMs: 'total_timeout',
  heartbeatTimeoutMs: 'heartbeat_timeout',
  durationMs: 'duration',
  initialDelayMs: 'initial_delay',
  maxDelayMs: 'max_delay',
};

const charsMax = 200;
const namesMax = 100;
const shownCharsMax = 500;
const definitionName = /^[a-z0-9][a-z0-9_-]{0,62}(@[1-9][0-9]{0,9})?$/;
const levels: readonly unknown[] = ['L0', 'L1', 'L2', 'L3'] satisfies readonly Level[];

/** What expressions gave as the names and durations of a task, or what is wrong with that. */
export function readNames(
  given: Json,
): { readonly names: TaskNames } | { readonly key: string; readonly problem: string; readonly code: string } {
  const names: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given as Readonly<Record<keyof TaskNames, Json>>)) {
    const read = readers[name as keyof TaskNames](value);
    if ('problem' in read) {
      const code = isDuration(name) ? 'duration.invalid' : 'name.invalid';
      return { key: keys[name as keyof TaskNames], problem: read.problem, code };
    }
    names[name] = read.value;
  }

  return { names };
}

type Read = { readonly value: unknown } | { readonly problem: string };

const span = (value: Json) => readDuration(value);
const delay = (value: Json) => readDuration(value, { zero: true });

const readers: Readonly<Record<keyof TaskNames, (value: Json) => Read>> = {
  agent: (value) =>
    typeof value === 'string' && value.trim() !== '' && isAgentName(value)
      ? { value }
      : notA(value, `the name of an agent: text of ${agentNameRule}`),
  skills: (value) => readList(value, 'the name of a skill'),
  signal: (value) => (isName(value) ? { value } : notA(value, 'the name of a signal')),
  workflow: (value) =>
    typeof value === 'string' && definitionName.test(value)
      ? { value }
      : notA(value, 'a definition, as id or id@version'),
  approvers: readApprovers,
  escalateTo: readApprovers,
  escalate: readStages,
  show: (value) => ({ value: shownValues(value) }),
  timeoutMs: span,
  queueTimeoutMs: span,
  totalTimeoutMs: span,
  heartbeatTimeoutMs: span,
  durationMs: span,
  initialDelayMs: delay,
  maxDelayMs: delay,
};

/** Whether a member of `TaskNames` is a duration. */
export function isDuration(name: string): name is DurationName {
  return (durationNames as readonly string[]).includes(name);
}

/** The text of the duration that is written under a key of a task. */
export function durationUnder(task: Task, key: string): string | undefined {
  const found = Object.entries(durationsOf(task)).find(([name]) => keys[name as DurationName] === key)?.[1];

  return found === undefined ? undefined : String(found);
}

/** Text alone: of a number nobody says whether it counts seconds, and a duration of CEL is given as text. */
function readDuration(value: Json, options: { readonly zero?: boolean } = {}): Read {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // Told whole or not at all: a piece of a secret in the middle of a message would not be found.
  if (text.length > durationCharsMax) {
    return { problem: `gives ${text.length} characters, which are no duration: write 30s, 2m, 1h or 1h30m` };
  }
  const read = parseDuration(text, options);

  return read.ok ? { value: read.ms } : { problem: `gives ${JSON.stringify(value)}: ${read.reason}` };
}

function isName(value: Json | undefined): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= charsMax;
}

/** An item that is a list itself stands for its items. */
function readList(value: Json, what: string): Read {
  const items = (Array.isArray(value) ? value : [value]).flat() as readonly Json[];
  const wrong = items.find((each) => !isName(each));
  if (wrong !== undefined) return notA(wrong, what);
  if (items.length === 0 || items.length > namesMax)
    return { problem: `gives ${items.length} names, and 1 to ${namesMax} are expected` };

  return { value: items };
}

function readStages(value: Json): Read {
  const stages: unknown[] = [];
  for (const each of value as readonly Json[]) {
    const read = readApprovers(each);
    if ('problem' in read) return read;
    stages.push(read.value);
  }

  return { value: stages };
}

function readApprovers(value: Json): Read {
  const { level, names, ...rest } = value as { readonly level?: Json; readonly names: readonly Json[] };
  if (level !== undefined && !levels.includes(level)) return notA(level, 'a level: L0, L1, L2 or L3');
  const read = names.length === 0 ? { value: names } : readList(names, 'the name of a person');
  if ('problem' in read) return read;
  const reserved = (read.value as readonly string[]).find(isReservedName);
  if (reserved !== undefined) return notA(reserved, 'the name of a person');

  return { value: { ...(level === undefined ? {} : { level }), names: read.value, ...rest } };
}

/** Lists show them in a line: what is long is kept by its beginning. */
function shownValues(values: Json): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    Object.entries(values as Readonly<Record<string, Json>>).map(([name, value]) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      return [name, text.length <= shownCharsMax ? value : `${text.slice(0, shownCharsMax)}...`];
    }),
  );
}

function notA(value: Json, what: string): Read {
  return { problem: `gives ${JSON.stringify(value).slice(0, 200)}, which is not ${what}` };
}
