import { damageText, isNewer } from '../../../machines/run/record/damage-text.ts';
import { shownStatusOfLine } from '../../../machines/run/record/run-filter.ts';
import type { RunWait } from '../../api/run.ts';
import type { RunSummary } from '../../ports/runs/run-index.ts';
import type { Surroundings } from '../../ports/work/surroundings.ts';

/** Where nothing is known of who is there: nothing is said of it. */
export const nobodyKnown: Surroundings = {
  isOwned: () => undefined,
  atAgent: () => undefined,
  forSkills: () => undefined,
};

/** What is about to begin is not waiting yet. */
const soonMs = 3_000;

type Look = { readonly line: RunSummary; readonly around: Surroundings; readonly nowMs: number };
type Told = Omit<RunWait, 'since' | 'needsYou'> & { readonly since?: string };

/**
 * What a run waits for as a whole, from its line and from who is there: the one rule of all lists, of the home page and
 * of the command line. Undefined where it moves by itself, or is over. Of several things the first counts that somebody
 * has to do something about.
 */
export function runWait(line: RunSummary, around: Surroundings, nowMs: number): RunWait | undefined {
  const look = { line, around, nowMs };
  const told =
    line.damage !== undefined ? damaged(line) : line.head.endedAt === undefined ? living(look) : undefined;
  if (told === undefined) return undefined;

  return { since: line.updatedAt, ...told, needsYou: somebodys.has(told.for) };
}

/** How a run shows that waits: apart from those that move by themselves. */
export type WaitStatus = `WAITS_FOR_${Uppercase<RunWait['for']>}`;

/** The status of a run as a person reads it, with what it waits for in place of `running`. */
export function statusWaiting<Status extends string>(
  shown: Status,
  wait: Pick<RunWait, 'for'> | undefined,
): Status | WaitStatus {
  if (wait === undefined || shown !== 'RUNNING') return shown;

  return `WAITS_FOR_${wait.for.toUpperCase() as Uppercase<RunWait['for']>}`;
}

const somebodys: ReadonlySet<RunWait['for']> = new Set(['person', 'agent', 'engine']);

/** What is a person's own comes first, then who is missing; of these those that have waited longest. */
function byUrgency(one: RunWait, other: RunWait): number {
  const ranked = urgency.indexOf(one.for) - urgency.indexOf(other.for);
  if (ranked !== 0) return ranked;

  return one.since < other.since ? -1 : Number(one.since > other.since);
}

/** A run that waits, and for what. */
export type WaitingRun = { readonly line: RunSummary; readonly wait: RunWait };

/** Those that wait, what a person should do first before the rest. */
export function waitingByNeed(
  lines: readonly RunSummary[],
  waitOf: (line: RunSummary) => RunWait | undefined,
): readonly WaitingRun[] {
  return lines
    .flatMap((line) => {
      const wait = waitOf(line);
      return wait === undefined ? [] : [{ line, wait }];
    })
    .sort((one, other) => byUrgency(one.wait, other.wait));
}

/** What has to be done for runs that wait alike: the one that has waited longest, and how many there are. */
export type Need = WaitingRun & { readonly alike: number };

/** What somebody here has to do, in the order to do it: runs of a definition that wait for the same are one. */
export function openNeeds(waiting: readonly WaitingRun[]): readonly Need[] {
  const needs = new Map<string, Need>();
  for (const each of waiting) {
    const { line, wait } = each;
    if (!wait.needsYou) continue;
    const help = (wait.fix ?? wait.reason).replace(line.run, '');
    const key = JSON.stringify([wait.for, line.head.definition.id, help, line.damage?.code]);
    const known = needs.get(key);
    needs.set(key, known === undefined ? { ...each, alike: 1 } : { ...known, alike: known.alike + 1 });
  }

  return [...needs.values()];
}

/** How many of each are running in name only. */
export function waitCounts(waiting: readonly WaitingRun[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { line, wait } of waiting) {
    const shown = shownStatusOfLine(line);
    const status = statusWaiting(shown, wait);
    if (status !== shown) counts[status] = (counts[status] ?? 0) + 1;
  }

  return counts;
}

const urgency: readonly RunWait['for'][] = ['person', 'agent', 'engine', 'place', 'signal', 'run', 'time'];

function damaged({ damage }: RunSummary): Told | undefined {
  if (damage === undefined) return undefined;
  const reason = damageText(damage);

  return isNewer(damage)
    ? { for: 'engine', reason }
    : { for: 'person', reason, fix: 'workflow doctor --repair' };
}

function living(look: Look): Told | undefined {
  return ofPerson(look) ?? ofAgent(look) ?? ofEngine(look) ?? (isAtWork(look) ? undefined : ofItself(look));
}

function ofPerson({ line: { run, head } }: Look): Told | undefined {
  if (head.status === 'PAUSED')
    return { for: 'person', reason: 'it is paused', fix: `workflow resume ${run}` };
  const asking = head.active.find(({ status }) => status === 'PENDING_APPROVAL')?.task;
  const [{ task, since } = { task: asking, since: undefined }, ...others] = head.asks ?? [];
  if (task !== undefined) {
    const more = others.length + (head.asksMore ?? 0);
    const reason = `waiting for approval${more > 0 ? `, and ${more} more` : ''}`;
    return {
      for: 'person',
      task,
      reason,
      fix: `workflow approve ${run} ${shellWord(task)}`,
      ...(since && { since }),
    };
  }
  const byHand = head.active.find(({ status }) => status === 'WAITING')?.task;
  if (byHand === undefined || head.idle !== true || head.dueAt !== undefined || head.awaits !== undefined)
    return undefined;

  return {
    for: 'person',
    task: byHand,
    reason: 'waiting to be completed by hand',
    fix: `workflow complete ${run} ${shellWord(byHand)}`,
  };
}

/** Only of a task that has not begun can be told that it would begin if somebody came. */
function ofAgent({ line: { head }, around }: Look): Told | undefined {
  const waiting = head.active.find(({ status }) => status === 'SCHEDULED' || status === 'RETRYING');
  if (waiting === undefined) return undefined;
  const missing = (head.agents ?? []).flatMap((agent) => around.atAgent(agent) ?? []);
  const unskilled = head.skills === undefined ? undefined : around.forSkills(head.skills);
  const found = missing.find(({ unattended }) => unattended) ?? unskilled;
  if (found === undefined) return undefined;
  const task = head.active.find(({ status }) => status === 'SCHEDULED')?.task;

  return { for: 'agent', reason: found.reason, ...(task && { task }), ...(found.fix && { fix: found.fix }) };
}

const carried: ReadonlySet<string> = new Set(['SCHEDULED', 'IN_PROGRESS', 'RETRYING']);

/** A run that nothing but an engine moves, while none works on it. */
function ofEngine({ line: { run, head }, around, nowMs }: Look): Told | undefined {
  if (around.isOwned(run) !== false) return undefined;
  const isDue = head.dueAt !== undefined && Date.parse(head.dueAt) <= nowMs;
  const needsOne =
    head.idle !== true && (isQueued(head) || head.active.some(({ status }) => carried.has(status)));
  if (!needsOne && !isDue) return undefined;

  return { for: 'engine', reason: 'no engine works on it', fix: `workflow resume ${run}` };
}

/** Something is carried out in it now, or is about to be. */
function isAtWork({ line: { head, updatedAt }, around, nowMs }: Look): boolean {
  if (head.idle === true || isQueued(head)) return false;
  if (head.active.some(({ status }) => status === 'IN_PROGRESS')) return true;
  const isScheduled = head.active.some(({ status }) => status === 'SCHEDULED');

  return isScheduled && busyAgent(head, around) === undefined && nowMs - Date.parse(updatedAt) < soonMs;
}

/** What needs nobody of ours. */
function ofItself({ line: { run, head }, around }: Look): Told | undefined {
  if (isQueued(head)) return { for: 'place', reason: 'waits for its turn among the runs of its definition' };
  const scheduled = head.active.find(({ status }) => status === 'SCHEDULED')?.task;
  if (scheduled !== undefined) {
    const reason = busyAgent(head, around)?.reason ?? 'scheduled; there is no room for it yet';
    return { for: 'place', task: scheduled, reason };
  }
  const task = head.active.find(({ status }) => status === 'WAITING' || status === 'RETRYING');
  if (task === undefined) return undefined;
  const [signal] = head.awaits ?? [];
  if (signal !== undefined && task.status === 'WAITING') {
    const reason = `waiting for the signal ${head.awaits?.map((name) => JSON.stringify(name)).join(' or ')}`;
    return { for: 'signal', task: task.task, reason, fix: `workflow signal ${run} ${shellWord(signal)}` };
  }
  if (head.dueAt === undefined) return { for: 'run', task: task.task, reason: 'another run carries it out' };
  const what = task.status === 'RETRYING' ? 'tried again' : 'waiting until';

  return { for: 'time', task: task.task, reason: `${what} ${head.dueAt}` };
}

function busyAgent({ agents = [] }: RunSummary['head'], around: Surroundings) {
  return agents.flatMap((agent) => around.atAgent(agent) ?? []).find(({ unattended }) => !unattended);
}

/** It was let in by nobody yet: none of its tasks has begun. */
function isQueued({ status, active, settled }: RunSummary['head']): boolean {
  return status === 'RUNNING' && active.length === 0 && settled === 0;
}

/** Shells take brackets for patterns. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
