import type { Json } from '../../events/canonical-json.ts';
import type { Transition } from '../../events/record.ts';
import type { ErrorData } from '../../events/run-events.ts';
import type {
  ExpectedRecord,
  Intervention,
  Move,
  Pace,
  Scenario,
} from '../../machines/prover/explore/scenario.ts';

type EndOfChild = { readonly status: string; readonly output?: Json; readonly error?: ErrorData };

/** A scenario that is written down call by call: what the world does, and what must be in the journal after it. */
export interface WrittenScenario {
  start(input: Readonly<Record<string, Json>>, pace: Pace): WrittenScenario;
  complete(task: string, attempt: number, output: Json): WrittenScenario;
  fail(task: string, attempt: number, error: ErrorData): WrittenScenario;
  /** Nobody will ever answer for the attempt. */
  silence(task: string, attempt: number): WrittenScenario;
  approve(task: string, by: string, data?: Json): WrittenScenario;
  reject(task: string, by: string, data?: Json): WrittenScenario;
  signal(name: string, data: Json): WrittenScenario;
  endChild(task: string, attempt: number, end: EndOfChild): WrittenScenario;
  /** Time passes until the first timer is due. */
  pass(): WrittenScenario;
  intervene(command: Intervention): WrittenScenario;
  /** The next record: its type, its transitions as `task: from -> to`, its fact. */
  record(type: string, transitions: readonly string[], fact: Json): WrittenScenario;
  /** Plays it. Rejects where the run goes another way. */
  end(end: Scenario['end']): Promise<void>;
}

type Part = { readonly move: Move; readonly records: ExpectedRecord[] };

/** Collects the calls, and hands the scenario over at the end. */
export function writtenScenario(play: (scenario: Scenario) => Promise<void>): WrittenScenario {
  const parts: Part[] = [];
  const moved = (move: Move): WrittenScenario => {
    parts.push({ move, records: [] });
    return written;
  };
  const answered = (type: 'approve' | 'reject', { task, by, data }: Answer): WrittenScenario =>
    moved({ type, task, by, ...(data === undefined ? {} : { data }) });
  const written: WrittenScenario = {
    start: (input, pace) => moved({ type: 'start', input, pace }),
    complete: (task, attempt, output) => moved({ type: 'complete', task, attempt, output }),
    fail: (task, attempt, error) => moved({ type: 'fail', task, attempt, error }),
    silence: (task, attempt) => moved({ type: 'silence', task, attempt }),
    approve: (task, by, data) => answered('approve', { task, by, data }),
    reject: (task, by, data) => answered('reject', { task, by, data }),
    signal: (name, data) => moved({ type: 'signal', name, data }),
    endChild: (task, attempt, end) => moved({ type: 'endChild', task, attempt, ...end }),
    pass: () => moved({ type: 'pass' }),
    intervene: (command) => moved({ type: 'intervene', command }),
    record: (type, transitions, fact) => {
      const records = parts.at(-1)?.records;
      if (records === undefined) throw new Error(`the record ${type} stands before the first move`);
      records.push({ type, fact, transitions: transitions.map(transitionOf) });
      return written;
    },
    end: (end) => play({ name: 'scenario', definition: unknown, parts, end }),
  };

  return written;
}

type Answer = { readonly task: string; readonly by: string; readonly data: Json | undefined };

/** The definition is that of the file. */
const unknown = { id: '', version: 1, hash: '' };

function transitionOf(text: string): Transition {
  const [, task, from = '', to = ''] = /^(?:([^ ]+): )?(.+) -> (.+)$/.exec(text) ?? [];
  if (to === '') throw new Error(`"${text}" is no transition; write "task: from -> to" or "from -> to"`);

  return { ...(task === undefined ? {} : { task }), from, to };
}
