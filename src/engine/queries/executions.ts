import { assignmentsIn, type FactMembers } from '../../../events/catalogue.ts';
import type { JournalRecord } from '../../../events/record.ts';
import type { Chart } from '../../../machines/chart/chart.ts';
import { localId } from '../../../machines/chart/task-at.ts';
import { statusOfDamaged } from '../../../machines/run/record/damage-text.ts';
import { eventOf } from '../../../machines/run/record/fold.ts';
import { shownOf } from '../../../machines/run/record/head.ts';
import { type RunPlace, runOrders } from '../../../machines/run/record/run-filter.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { TaskNames } from '../../../machines/task-names.ts';
import { triggerOf } from '../../../machines/triggers/trigger-of.ts';
import type { Execution, ExecutionFilter } from '../../ports/runs/executions.ts';
import type { RunSummary } from '../../ports/runs/run-index.ts';
import { RunNotFound } from '../../ports/runs/workflows.ts';
import type { RunReader } from '../run-reader/run-reader.ts';

type Reader = Pick<RunReader, 'runs' | 'checked'>;

/** How many runs are read at a time: each is a few questions to the server. */
const atOnceMax = 16;

/** The runs that fit as lines of the record of executions, the latest start first. */
export async function* executions(reader: Reader, filter: ExecutionFilter): AsyncGenerator<Execution> {
  const reading: Promise<Execution | undefined>[] = [];
  for await (const line of linesOf(reader, filter)) {
    const read = executionOf(reader, line);
    // Awaited in its turn; it may fail before that.
    read.catch(() => undefined);
    reading.push(read);
    if (reading.length < atOnceMax) continue;
    const execution = await reading.shift();
    if (execution !== undefined) yield execution;
  }
  for (const read of reading) {
    const execution = await read;
    if (execution !== undefined) yield execution;
  }
}

async function* linesOf(reader: Reader, filter: ExecutionFilter): AsyncGenerator<RunSummary> {
  const { definition, sinceMs, terms, after, limit = Number.POSITIVE_INFINITY } = filter;
  const startedFrom = sinceMs === undefined ? undefined : new Date(sinceMs).toISOString();
  const place = after === undefined ? undefined : await placeOf(reader, after);
  let count = 0;
  for await (const line of reader.runs.each({ definition, startedFrom, terms }, 'started', place)) {
    if (count >= limit) return;
    if (!isOfTrigger(line, filter)) continue;
    count += 1;
    yield line;
  }
}

async function placeOf({ runs }: Reader, run: string): Promise<RunPlace> {
  const line = (await runs.known()).line(run);
  if (line === undefined) throw new RunNotFound(run);

  return runOrders.started.place(line);
}

function isOfTrigger({ head }: RunSummary, { trigger }: ExecutionFilter): boolean {
  const own = triggerOf(head);

  return trigger === undefined || trigger === own || trigger === `${head.definition.id}/${own}`;
}

/** Undefined for a run whose journal is gone since it was listed. */
async function executionOf(reader: Reader, line: RunSummary): Promise<Execution | undefined> {
  const { run, head } = line;
  const involved = createInvolvedAgents();
  // Of its head alone, no more can be told than that.
  const isHead = line.archived === 'head';
  let position = isHead ? line.position : undefined;
  let last: Run | undefined;
  let damage = line.damage;
  for await (const each of isHead ? [] : reader.checked(run)) {
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
  const endedAt = isHead ? head.endedAt : state?.endedAt;
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
    ...(endedAt === undefined ? {} : { endedAt }),
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
