import type { Json } from '../../../events/canonical-json.ts';
import type { JournalRecord } from '../../../events/record.ts';
import type { EventLine } from '../../api/run-parts.ts';
import { eventLine } from '../task/event-line.ts';

/** What the pages of a run need to know of one event, and no more: the values that it carries are left out. */
export type BookRow = {
  readonly line: EventLine;
  /** The tasks whose state is another after it, by their addresses. */
  readonly moves: readonly { readonly task: string; readonly to: string }[];
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
  /** The agents that an attempt was given to by their skills, the leading one first. */
  readonly agents?: readonly string[];
  /** The trigger that started the run. */
  readonly trigger?: string;
  /** What a DECISION chose, and by which value. */
  readonly decision?: { readonly case?: string; readonly next: readonly string[]; readonly value: string };
  /** What a condition was, and the values that it saw, such as `qty = 7`. */
  readonly condition?: { readonly result: boolean; readonly seen: string };
  readonly error?: { readonly code: string; readonly message: string; readonly tail?: string };
};

/** The row of a record; `problem` says why it cannot follow those before it. */
export function bookRow(record: JournalRecord, position: number, problem?: string): BookRow {
  const { data } = record;
  const line = eventLine(record, position, problem);
  if (problem !== undefined) return { line, moves: [], isOver: false };

  return {
    line,
    moves: [...movesOf(record)],
    isOver: data.head.endedAt !== undefined,
    ...partsOf(data.fact),
    ...choiceOf(record),
  };
}

type Fact = Readonly<Record<string, Json>>;

function* movesOf({ type, data }: JournalRecord): Iterable<BookRow['moves'][number]> {
  // A fork begins in the middle: its first event has the states that the tasks were in.
  const { tasks } = membersOf(type === 'run.forked' ? data.fact['state'] : undefined);
  for (const [task, state] of Object.entries(membersOf(tasks))) {
    const to = membersOf(state)['state'];
    if (typeof to === 'string') yield { task, to };
  }
  for (const { task, to } of data.transitions) if (task !== undefined) yield { task, to };
}

function partsOf(fact: Fact): Partial<BookRow> {
  const { attempt, worker, lost, startedAt, by, agents, trigger, error } = fact;

  return {
    ...(typeof attempt === 'number' ? { attempt } : {}),
    ...(typeof worker === 'string' ? { worker } : {}),
    ...(typeof lost === 'string' ? { lost } : {}),
    ...(typeof startedAt === 'string' ? { startedAt } : {}),
    ...(typeof by === 'string' ? { by } : {}),
    ...(Array.isArray(agents) ? { agents: agents.flatMap(agentOf) } : {}),
    ...triggerOf(trigger),
    ...errorOf(error),
  };
}

function choiceOf({ type, data: { fact } }: JournalRecord): Pick<BookRow, 'decision' | 'condition'> {
  if (type === 'condition.evaluated') {
    const seen = Object.entries(membersOf(fact['values'])).map(
      ([name, value]) => `${name} = ${shown(value)}`,
    );
    return { condition: { result: fact['result'] === true, seen: seen.join(', ') } };
  }
  if (type !== 'decision.made') return {};
  const { case: chosen, next, value } = fact;
  const names = Array.isArray(next) ? next.filter((each) => typeof each === 'string') : [];

  return {
    decision: { ...(typeof chosen === 'string' ? { case: chosen } : {}), next: names, value: shown(value) },
  };
}

const shownCharactersMax = 80;

function shown(value: Json | undefined): string {
  const text = JSON.stringify(value ?? null);

  return text.length > shownCharactersMax ? `${text.slice(0, shownCharactersMax - 1)}…` : text;
}

function agentOf(entry: Json): readonly string[] {
  const { agent } = membersOf(entry);

  return typeof agent === 'string' ? [agent] : [];
}

function triggerOf(trigger: Json | undefined): Pick<BookRow, 'trigger'> {
  const { id } = membersOf(trigger);

  return typeof id === 'string' ? { trigger: id } : {};
}

const tailCharactersMax = 2_000;

function errorOf(error: Json | undefined): Pick<BookRow, 'error'> {
  const { code, message, details } = membersOf(error);
  if (typeof code !== 'string') return {};
  const { stderr, stdout } = membersOf(details);
  const said = [stderr, stdout].find((text) => typeof text === 'string' && text.trim() !== '');
  const tail = typeof said === 'string' ? said.trimEnd().slice(-tailCharactersMax) : undefined;

  return {
    error: {
      code,
      message: typeof message === 'string' ? message : '',
      ...(tail === undefined ? {} : { tail }),
    },
  };
}

function membersOf(value: Json | undefined): Fact {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fact) : {};
}
