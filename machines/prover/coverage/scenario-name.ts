import type { Chart } from '../../chart/chart.ts';
import { localId } from '../../chart/task-at.ts';
import type { Pace } from '../explore/scenario.ts';
import type { Happened } from '../explore/scene.ts';
import { observed } from './observed.ts';
import type { Play } from './play.ts';
import { causes, type Target } from './target.ts';

const lengthMax = 100;

/** What is special about a way, in plain words: what it covers that others before it did not. */
export function nameOf(chart: Chart, play: Play, known: ReadonlySet<Target>): string {
  const { pace } = play.scene;
  const phrases = new Set<string>();
  const plain = new Set<string>();
  for (const happened of play.moves.flatMap(({ events }) => events)) {
    const isNew = observed(chart, happened).some((target) => !known.has(target));
    for (const phrase of phrasesOf(chart, happened)) (isNew ? phrases : plain).add(phrase);
  }
  const special = [...(phrases.size > 0 ? phrases : plain)];
  if (special.length === 0) return pace === 'slow' ? 'all goes well, slowly' : 'all goes well';

  return shortened(special);
}

/** The name; where it is taken, with what tells it apart. */
export function uniqueName(name: string, pace: Pace, taken: Set<string>): string {
  const slowly = `${name}, slowly`;
  const base = taken.has(name) && pace === 'slow' && slowly.length <= lengthMax ? slowly : name;
  let found = base;
  for (let number = 2; taken.has(found); number += 1) {
    const suffix = ` (${number})`;
    found = base.slice(0, lengthMax - suffix.length) + suffix;
  }
  taken.add(found);

  return found;
}

/** As many as there is room for, and how many more there are; the last, which often ended the run, is kept. */
function shortened(phrases: readonly string[]): string {
  const all = phrases.join(', ');
  if (all.length <= lengthMax) return all;
  const last = phrases.at(-1) ?? '';
  for (let count = phrases.length - 2; count > 0; count -= 1) {
    const text = `${phrases.slice(0, count).join(', ')}, ${phrases.length - count - 1} more, ${last}`;
    if (text.length <= lengthMax) return text;
  }

  return last.length <= lengthMax ? last : `${last.slice(0, lengthMax - 3)}...`;
}

function phrasesOf(chart: Chart, happened: Happened): readonly string[] {
  const { event, transitions } = happened;
  const own = ofFact(event.fact);
  const about = 'task' in event.fact.data ? event.fact.data.task : undefined;
  const others = transitions.flatMap(({ task, from, to }) =>
    task === undefined
      ? ofRun(to)
      : ofTask(chart, { task, from, to, isOwn: task === about && own.length > 0 }),
  );

  return [...own, ...others];
}

function ofFact(fact: Happened['event']['fact']): readonly string[] {
  switch (fact.type) {
    case 'decision.made':
      return [`${localId(fact.data.task)} takes ${fact.data.case ?? 'no case'}`];
    case 'approval.denied':
      return [`${localId(fact.data.task)} is rejected`];
    case 'approval.change-requested':
      return [`a change is asked for at ${localId(fact.data.task)}`];
    case 'approval.delegated':
      return [`${localId(fact.data.task)} is handed on`];
    case 'condition.evaluated':
      return fact.data.result ? [] : [`${localId(fact.data.task)} is not wanted`];
    case 'signal.taken':
      return [`${fact.data.name} comes early`];
    case 'task.skipped':
      return [`${localId(fact.data.task)} is ${causes.skippedByHand}`];
    case 'task.resolved':
      return [`${localId(fact.data.task)} is ${causes.completedByHand}`];
    case 'timer.fired':
      return ofTimer(fact.data);
    case 'termination.reached':
      return [`${localId(fact.data.task)} ends the run`];
    case 'run.paused':
      return ['the run is paused'];
    case 'run.cancelled':
      return ['the run is cancelled'];
    case 'run.terminated':
      return ['the run is terminated'];
    case 'run.retried':
      return ['the run is retried'];
    case 'run.failed':
      return ['the output cannot be made'];
    default:
      return [];
  }
}

function ofTimer({
  timer,
  task = 'the run',
}: {
  readonly timer: string;
  readonly task?: string | undefined;
}): readonly string[] {
  const words: Readonly<Record<string, string>> = {
    'task.queue-timeout': 'is taken by nobody',
    'task.heartbeat-timeout': 'is not heard of any more',
    'task.timeout': 'times out',
    'task.total-timeout': 'times out for good',
    'approval.timeout': 'is not answered in time',
    'approval.escalation': 'is escalated',
    'approval.reminder': 'is asked for once more',
    'run.timeout': 'times out',
  };
  const said = words[timer];

  return said === undefined ? [] : [`${localId(task)} ${said}`];
}

function ofRun(to: string): readonly string[] {
  if (to === 'compensating') return ['what was done is undone'];
  if (to === 'compensation_failed') return ['undoing fails'];

  return [];
}

type Moved = { readonly task: string; readonly from: string; readonly to: string; readonly isOwn: boolean };

function ofTask({ plan }: Chart, { task, from, to, isOwn }: Moved): readonly string[] {
  const id = localId(task);
  const place = plan.get(id)?.task;
  switch (to) {
    case 'retrying':
      return [`${id} is retried`];
    case 'exhausted':
      return [`${id} pauses the run`];
    case 'recovering':
      return [`${id} fails`];
    case 'caught':
      return [`${id} fails and is caught`];
    case 'completed_with_errors':
      return [from === 'recovering' ? `${place?.fallback.join(' and ')} stands in for ${id}` : `${id} fails`];
    case 'failed':
    case 'timed_out':
      return isOwn ? [] : [`${id} fails`];
    default:
      return [];
  }
}
