import type { Json } from '../../../events/canonical-json.ts';
import { assignmentsIn, type FactMembers } from '../../../events/catalogue.ts';
import type { JournalRecord } from '../../../events/record.ts';
import type { ErrorData } from '../../../events/run-events.ts';
import { defined } from '../../../machines/language/defined.ts';
import { isMapping } from '../../../machines/language/mapping.ts';
import { eventOf } from '../../../machines/run/record/fold.ts';
import type { TaskNames } from '../../../machines/task-names.ts';
import type { EventLine } from '../../api/run-parts.ts';
import { eventLine } from '../task/event-line.ts';

/** What the pages of a run need to know of one event, and no more: the values that it carries are left out. */
export type BookRow = {
  readonly line: EventLine;
  /** The tasks whose state is another after it, by their addresses. */
  readonly moves: readonly { readonly task: string; readonly to: string }[];
  /** The state of the run itself, where it is another after it. */
  readonly phase?: string;
  /** The run has ended with it. */
  readonly isOver: boolean;
  readonly attempt?: number;
  readonly worker?: string;
  /** The worker that had the attempt before and was not heard of any more. */
  readonly lost?: string;
  /** When the attempt that it ends began, where that has no event of its own: ISO 8601, UTC. */
  readonly startedAt?: string;
  /** The person whose answer it is, or somebody else's part in it. */
  readonly by?: string;
  /** The agent that each of these tasks was given to, or that leads those who were found by their skills. */
  readonly leaders?: readonly { readonly task: string; readonly agent: string }[];
  /** The trigger that started the run. */
  readonly trigger?: string;
  /** What a DECISION chose, and by which value. */
  readonly decision?: { readonly case?: string; readonly next: readonly string[]; readonly value: string };
  /** What a condition was, and the values that it saw, such as `qty = 7`. */
  readonly condition?: { readonly result: boolean; readonly seen: string };
  readonly error?: { readonly code: string; readonly message: string; readonly tail?: string };
  /** What the attempt printed, or the reference to it. */
  readonly log?: Json;
  /** Why what it refers to could not be read. */
  readonly unread?: string;
};

/** The row of a record; `problem` says why it cannot follow those before it. */
export function bookRow(record: JournalRecord, position: number, problem?: string): BookRow {
  const { data } = record;
  const line = eventLine(record, position, problem);
  if (problem !== undefined) return { line, moves: [], isOver: false };

  return {
    line,
    moves: [...movesOf(record)],
    ...phaseOf(record),
    isOver: data.head.endedAt !== undefined,
    ...partsOf(data.fact),
    ...leadersOf(record),
    ...choiceOf(record),
  };
}

function* movesOf({ type, data }: JournalRecord): Iterable<BookRow['moves'][number]> {
  // A fork begins in the middle: its first event has the states that the tasks were in.
  const tasks = type === 'run.forked' ? (data.fact.state['tasks'] as Json | undefined) : undefined;
  for (const [task, state] of Object.entries(isMapping(tasks) ? tasks : {})) {
    const to = isMapping(state) ? state['state'] : undefined;
    if (typeof to === 'string') yield { task, to };
  }
  for (const { task, to } of data.transitions) if (task !== undefined) yield { task, to };
}

function phaseOf({ type, data }: JournalRecord): Pick<BookRow, 'phase'> {
  const forked = type === 'run.forked' ? data.fact.state.phase : undefined;
  const to = data.transitions.findLast(({ task }) => task === undefined)?.to ?? forked;

  return typeof to === 'string' ? { phase: to } : {};
}

function partsOf(fact: FactMembers): Partial<BookRow> {
  const { attempt, worker, lost, startedAt, by, trigger, error, log } = fact;

  return {
    ...defined({ attempt, worker, lost, startedAt, by, log, trigger: trigger?.id }),
    ...(error === undefined ? {} : { error: errorOf(error) }),
  };
}

function leadersOf(record: JournalRecord): Pick<BookRow, 'leaders'> {
  const { task, names }: FactMembers = record.data.fact;
  const { agent: named }: TaskNames = names ?? {};
  const leaders = assignmentsIn(eventOf(record).fact).flatMap(({ task: given, agents: [lead] }) =>
    lead === undefined ? [] : [{ task: given, agent: lead.agent }],
  );
  if (task !== undefined && named !== undefined) leaders.push({ task, agent: named });

  return leaders.length === 0 ? {} : { leaders };
}

/** Each task that the event gives to somebody, and who that is, as entries of a map. */
export function leadersIn({ leaders = [] }: BookRow): readonly (readonly [string, string])[] {
  return leaders.map(({ task, agent }) => [task, agent] as const);
}

function choiceOf({ type, data }: JournalRecord): Pick<BookRow, 'decision' | 'condition'> {
  if (type === 'condition.evaluated') {
    const { result, values } = data.fact;
    const seen = Object.entries(values).map(([name, value]) => `${name} = ${shown(value)}`);
    return { condition: { result, seen: seen.join(', ') } };
  }
  if (type !== 'decision.made') return {};
  const { case: chosen, next, value } = data.fact;

  return { decision: { ...defined({ case: chosen }), next, value: shown(value) } };
}

const shownCharactersMax = 80;

function shown(value: Json): string {
  const text = JSON.stringify(value);

  return text.length > shownCharactersMax ? `${text.slice(0, shownCharactersMax - 1)}…` : text;
}

const tailCharactersMax = 2_000;

function errorOf({ code, message, details }: ErrorData): NonNullable<BookRow['error']> {
  const { stderr, stdout } = isMapping(details) ? details : {};
  const said = [stderr, stdout].find((text) => typeof text === 'string' && text.trim() !== '');
  const tail = typeof said === 'string' ? said.trimEnd().slice(-tailCharactersMax) : undefined;

  return { code, message, ...defined({ tail }) };
}
