import type { Chart } from './chart.ts';
import type { Announcement, ChartEvent } from './chart-event.ts';
import type { RegionEvent } from './region.ts';
import { allSettled, isFinal, type RunState, type TaskState } from './run-state.ts';

/** The next state of a run, and the tasks that changed, in the order in which they did. */
export type Transitioned = { readonly state: RunState; readonly changed: readonly string[] };

type Told = { readonly word: Announcement; readonly task: string };

/**
 * Takes one event through the chart; undefined when no state takes it. The chart is a parallel state of one region per
 * task beside the root, and this is what SCXML says of it: the event goes to the region it is about; what regions
 * announce goes, in order and within the same event, to those that await it; the root ends them all. Regions are
 * separate machines, so that a transition costs the same in a run of five tasks and of five thousand
 * (docs/decisions/0004).
 */
export function transition(chart: Chart, before: RunState, event: ChartEvent): Transitioned | undefined {
  const task = 'task' in event.fact.data ? event.fact.data.task : undefined;
  if (task === undefined) return ofRun(chart, before, event);
  if (!isActive(before)) return undefined;

  const walk = createWalk(chart, before, event);

  return walk.offer(task, event.type) ? walk.finish() : undefined;
}

function ofRun(chart: Chart, before: RunState, event: ChartEvent): Transitioned | undefined {
  const state = takeAtRoot(chart, before, event);
  if (state === undefined) return undefined;
  if (before.phase !== 'created') return { state, changed: changedBy(before, state) };
  const walk = createWalk(chart, state, event);
  for (const id of chart.roots) walk.offer(id, event.type);

  return walk.finish();
}

/** The way of one event through the regions. The tasks are copied once, not for every region. */
function createWalk(chart: Chart, before: RunState, event: ChartEvent) {
  const tasks: Record<string, TaskState> = { ...before.tasks };
  const now: RunState = { ...before, tasks };
  const changed = new Set<string>();
  const told: Told[] = [];

  function offer(id: string, type: string): boolean {
    const task = tasks[id];
    const region = chart.regions.get(id);
    if (task === undefined || region === undefined) return false;
    const regionEvent: RegionEvent = { ...event, type, run: now };
    const taken = region.take({ state: task.state, context: { task } }, regionEvent);
    if (taken === undefined) return false;
    tasks[id] = taken.context.task;
    changed.add(id);
    for (const word of taken.actions) told.push({ word: word as Announcement, task: id });

    return true;
  }

  function finish(): Transitioned {
    for (let next = told.shift(); next !== undefined; next = told.shift()) {
      const { word, task } = next;
      if (word === 'sunk' && takesTheRunWithIt(chart, now, task))
        return end({ ...event, type: 'sunk', sunkTask: task });
      for (const id of chart.awaiting.get(`${word}.${task}`) ?? []) offer(id, `${word}.${task}`);
    }
    if (allSettled(now)) return end({ ...event, type: 'all.settled' });

    return { state: now, changed: [...changed] };
  }

  function end(rootEvent: ChartEvent & { readonly sunkTask?: string }): Transitioned {
    const state = takeAtRoot(chart, now, rootEvent) ?? now;
    for (const id of changedBy(now, state)) changed.add(id);

    return { state, changed: [...changed] };
  }

  return { offer, finish };
}

function takeAtRoot(chart: Chart, run: RunState, event: ChartEvent): RunState | undefined {
  return chart.root.take({ state: run.phase, context: { run } }, event)?.context.run;
}

function isActive({ phase, status }: RunState): boolean {
  return (phase === 'running' || phase === 'paused') && !isFinal(status);
}

/** The failure of a fallback is the business of the task it stands in for. */
function takesTheRunWithIt(chart: Chart, run: RunState, task: string): boolean {
  const routers = chart.plan.get(task)?.routers ?? [];

  return !routers.some(({ id, kind }) => kind === 'fallback' && run.tasks[id]?.state === 'recovering');
}

function changedBy(before: RunState, after: RunState): readonly string[] {
  if (before.tasks === after.tasks) return [];

  return Object.keys(after.tasks).filter((id) => before.tasks[id] !== after.tasks[id]);
}
