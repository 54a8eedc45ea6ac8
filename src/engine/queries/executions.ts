import { assignmentsIn, type FactMembers } from '../../../events/catalogue.ts';
import type { JournalRecord } from '../../../events/record.ts';
import type { Chart } from '../../../machines/chart/chart.ts';
import { localId } from '../../../machines/chart/task-at.ts';
import { statusOfDamaged } from '../../../machines/run/record/damage-text.ts';
import { eventOf } from '../../../machines/run/record/fold.ts';
import { shownOf } from '../../../machines/run/record/head.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { TaskNames } from '../../../machines/task-names.ts';
import { triggerOf } from '../../../machines/triggers/trigger-of.ts';
import type { Execution, ExecutionFilter } from '../../ports/runs/executions.ts';
import type { RunSummary } from '../../ports/runs/workflows.ts';
import type { RunReader } from '../run-reader/run-reader.ts';

type Reader = Pick<RunReader, 'index' | 'checked'>;

/** How many runs are read at a time: each is a few questions to the server. */
const atOnceMax = 16;

/** The runs that fit as lines of the record of executions, the latest start first. */
export async function* executions(reader: Reader, filter: ExecutionFilter): AsyncGenerator<Execution> {
  const lines = (await reader.index()).filter((line) => fits(line, filter));
  lines.sort((a, b) => b.head.startedAt.localeCompare(a.head.startedAt) || b.run.localeCompare(a.run));
  const wanted = lines.slice(0, filter.limit).values();
  const reading: Promise<Execution | undefined>[] = [];
  const readNext = (): void => {
    const { value: line, done } = wanted.next();
    if (done === true) return;
    const read = executionOf(reader, line);
    // Awaited in its turn; it may fail before that.
    read.catch(() => undefined);
    reading.push(read);
  };
  for (let count = 0; count < atOnceMax; count++) readNext();

  for (let next = reading.shift(); next !== undefined; next = reading.shift()) {
    const execution = await next;
    readNext();
    if (execution !== undefined) yield execution;
  }
}

function fits({ head }: RunSummary, { trigger, definition, sinceMs }: ExecutionFilter): boolean {
  const { id } = head.definition;
  const own = triggerOf(head);
  if (trigger !== undefined && trigger !== own && trigger !== `${id}/${own}`) return false;
  if (definition !== undefined && id !== definition) return false;

  return sinceMs === undefined || Date.parse(head.startedAt) >= sinceMs;
}

/** Undefined for a run whose journal is gone since it was listed. */
async function executionOf(reader: Reader, line: RunSummary): Promise<Execution | undefined> {
  const { run, head } = line;
  const involved = createInvolvedAgents();
  let position: number | undefined;
  let last: Run | undefined;
  let damage = line.damage;
  for await (const each of reader.checked(run)) {
    position ??= each.stored.position;
    if (each.kind === 'damaged') {
      ({ damage } = each);
      break;
    }
    last = each.run;
    involved.sees(each.stored.record, last.chart);
  }
  if (position === undefined) return undefined;
  const state = last?.state;
  const shown = damage !== undefined || state === undefined ? undefined : shownOf(state);

  return {
    position,
    run,
    definition: head.definition,
    trigger: triggerOf(head),
    agents: involved.names(),
    status: damage === undefined ? (state?.status ?? head.status) : statusOfDamaged(damage),
    ...(shown === undefined ? {} : { shown }),
    ...(state?.output === undefined ? {} : { result: state.output }),
    startedAt: head.startedAt,
    ...(state?.endedAt === undefined ? {} : { endedAt: state.endedAt }),
  };
}

/** The agents that began a task of a run, as its records tell it one after another. */
type InvolvedAgents = {
  readonly sees: (record: JournalRecord, chart: Chart) => void;
  /** In the order in which they first did. */
  readonly names: () => readonly string[];
};

function createInvolvedAgents(): InvolvedAgents {
  const names = new Set<string>();
  /** Who the latest attempt of a task was assigned to by their skills, by the address of the task. */
  const teams = new Map<string, readonly string[]>();

  return {
    sees: (record, { plan }) => {
      for (const { task: given, agents } of assignmentsIn(eventOf(record).fact)) {
        teams.set(
          given,
          agents.map(({ agent }) => agent),
        );
      }
      const { task }: FactMembers = record.data.fact;
      if (task === undefined) return;
      const named = namedAgent(record);
      if (named !== undefined) teams.set(task, [named]);
      if (!isBegun(record)) return;
      const performer = plan.get(localId(task))?.task.performer;
      const known = performer?.kind === 'agent' ? [performer.agent] : [];
      const begun = teams.get(task) ?? known;
      for (const name of begun) names.add(name);
    },
    names: () => [...names],
  };
}

function namedAgent(record: JournalRecord): string | undefined {
  const { agent }: TaskNames = record.type === 'names.evaluated' ? record.data.fact.names : {};

  return agent;
}

/** An attempt that ends at once is recorded by its end alone; one that the engine ended was begun by nobody. */
function isBegun({ type, data }: JournalRecord): boolean {
  if (type === 'task.started') return true;
  if (type !== 'task.completed' && type !== 'task.failed') return false;

  return data.fact.startedAt !== undefined && data.fact.worker !== 'engine';
}
