import type { Insights } from '../../api/insights.ts';
import type { ReadBar, ReadTask, RunReading } from '../run/run-reading.ts';
import type { TimeSpan } from '../run/run-statistics.ts';
import { groupedBy } from './failure-groups.ts';
import { nearestRank } from './nearest-rank.ts';

type About = {
  readonly span: TimeSpan;
  /** What lasts still lasts until then. */
  readonly nowMs: number;
  /** The departments of agents, by their names. */
  readonly departments: ReadonlyMap<string, string>;
};

/** People are a department of their own, unless those who are asked all belong to another. */
const people = 'people';
const bottlenecksMax = 20;
/** These are under way while others inside of them are: their time would be told twice. */
const around: ReadonlySet<string> = new Set(['FORK', 'DO_WHILE', 'JOIN']);
const lost: ReadonlySet<string> = new Set(['failed', 'timed_out']);

/** How busy each agent was in the span, the one that was busiest first. */
export function agentInsights(readings: readonly RunReading[], about: About): Insights['agents'] {
  const done = readings.flatMap(({ tasks }) => tasks.filter(({ agent }) => agent !== undefined));
  const rows = [...groupedBy(done, ({ agent }) => agent ?? '')].map(([agent, tasks]) =>
    agentRow(agent, tasks, about),
  );

  return rows
    .filter(({ attempts }) => attempts > 0)
    .sort((a, b) => b.utilisation - a.utilisation || a.agent.localeCompare(b.agent));
}

function agentRow(agent: string, tasks: readonly ReadTask[], about: About): Insights['agents'][number] {
  const bars = tasks.flatMap((task) => task.bars).filter((bar) => clipped(bar, about) !== undefined);
  const running = bars.filter(({ kind }) => kind === 'running');
  const queued = bars.filter(({ kind, toMs }) => kind === 'queued' && toMs !== undefined);
  const over = running.filter(({ toMs }) => toMs !== undefined);
  const lengthOf = (bar: ReadBar) => lengthMs(bar, about);
  const { fromMs, toMs } = about.span;

  return {
    agent,
    attempts: running.length,
    failed: over.filter(({ outcome }) => outcome !== undefined && lost.has(outcome)).length,
    queuedMs: nearestRank(queued.map(lengthOf), 0.5),
    tookMs: nearestRank(over.map(lengthOf), 0.5),
    utilisation: coveredMs(running.flatMap((bar) => clipped(bar, about) ?? [])) / Math.max(1, toMs - fromMs),
  };
}

/** How long runs of a department had something wait for another, the longest first. */
export function waitInsights(readings: readonly RunReading[], about: About): Insights['waits'] {
  const waits = readings.flatMap(({ department, tasks }) =>
    department === undefined ? [] : tasks.flatMap((task) => waitOf(department, task, about)),
  );
  const rows = [...groupedBy(waits, ({ from, to }) => JSON.stringify([from, to])).values()].map((some) => ({
    from: some[0]?.from ?? '',
    to: some[0]?.to ?? '',
    count: some.length,
    totalMs: some.reduce((sum, { ms }) => sum + ms, 0),
  }));

  return rows.sort(
    (a, b) => b.totalMs - a.totalMs || a.from.localeCompare(b.from) || a.to.localeCompare(b.to),
  );
}

type Wait = { readonly from: string; readonly to: string; readonly ms: number };

function waitOf(from: string, task: ReadTask, about: About): readonly Wait[] {
  const to = departmentOf(task, about.departments);
  if (to === undefined || to === from) return [];
  const kinds: readonly ReadBar['kind'][] =
    task.type === 'HUMAN' ? ['waiting'] : ['queued', 'running', 'retrying'];
  const bars = task.bars.filter(({ kind }) => kinds.includes(kind));
  const ms = bars.reduce((sum, bar) => sum + lengthMs(bar, about), 0);

  return bars.length === 0 ? [] : [{ from, to, ms }];
}

function departmentOf(
  { type, agent, approvers }: ReadTask,
  departments: About['departments'],
): string | undefined {
  if (type !== 'HUMAN') return agent === undefined ? undefined : departments.get(agent);
  const own = new Set(approvers.map((name) => departments.get(name)));
  const [only] = own;

  return own.size === 1 && only !== undefined ? only : people;
}

/** The tasks in which most time went by, the worst first. */
export function bottlenecks(readings: readonly RunReading[], about: About): Insights['bottlenecks'] {
  const tasks = readings.flatMap(({ run, definition, tasks: own }) =>
    own.filter(({ type }) => !around.has(type)).map((task) => ({ run, definition, task })),
  );
  const rows = [
    ...groupedBy(tasks, ({ definition, task }) => JSON.stringify([definition, task.id])).values(),
  ].map((some) => {
    const bars = some.flatMap(({ task }) => task.bars);
    const sum = (...kinds: readonly ReadBar['kind'][]) =>
      bars.filter(({ kind }) => kinds.includes(kind)).reduce((total, bar) => total + lengthMs(bar, about), 0);
    return {
      definition: some[0]?.definition ?? '',
      task: some[0]?.task.id ?? '',
      runs: new Set(some.map(({ run }) => run)).size,
      queuedMs: sum('queued'),
      runningMs: sum('running'),
      waitingMs: sum('waiting', 'retrying'),
      retries: bars.filter(({ kind, attempt }) => kind === 'running' && attempt > 1).length,
    };
  });
  const total = ({ queuedMs, runningMs, waitingMs }: (typeof rows)[number]) =>
    queuedMs + runningMs + waitingMs;

  return rows.sort((a, b) => total(b) - total(a)).slice(0, bottlenecksMax);
}

function lengthMs({ fromMs, toMs }: ReadBar, { nowMs }: About): number {
  return Math.max(0, (toMs ?? nowMs) - fromMs);
}

/** The part of a bar that lies in the span; undefined where none does. */
function clipped({ fromMs, toMs }: ReadBar, { span, nowMs }: About): TimeSpan | undefined {
  const part = { fromMs: Math.max(fromMs, span.fromMs), toMs: Math.min(toMs ?? nowMs, span.toMs) };

  return part.toMs < part.fromMs ? undefined : part;
}

/** The total time covered by at least one of the spans. */
function coveredMs(spans: readonly TimeSpan[]): number {
  let [total, until] = [0, Number.NEGATIVE_INFINITY];
  for (const { fromMs, toMs } of [...spans].sort((a, b) => a.fromMs - b.fromMs)) {
    total += Math.max(0, toMs - Math.max(fromMs, until));
    until = Math.max(until, toMs);
  }

  return total;
}
