import type { TimerKind } from '../../../events/timer-events.ts';
import { localId, openTasks } from '../../chart/task-at.ts';
import { isPerformed } from '../../performed.ts';
import { openOnes } from '../explore/answers.ts';
import type { ExploredScene } from '../explore/explore.ts';
import type { Intervention, Move } from '../explore/scenario.ts';
import { skipping } from './by-hand.ts';
import { openAt } from './open-at.ts';
import type { Network } from './paths/network.ts';
import { playToEnd } from './paths/paths.ts';
import { findsNew, keep, type Search, shortestPathTo } from './paths/search.ts';
import { type Play, played, playedOn } from './play.ts';
import { runCauses } from './target.ts';

const pause = does('pauseRun');
const resume = does('resumeRun');
const terminate = does('terminateRun');
const cancel = does('cancelRun');
const retry = does('retryRun');
const underWay: readonly (readonly Move[])[] = [
  [pause, resume],
  [cancel],
  [terminate],
  [pause, cancel],
  [pause, terminate],
  [cancel, terminate],
  [terminate, retry],
  [cancel, retry],
];

/** What people do to a run as a whole: in each kind of situation the earliest time at which it makes a difference. */
export function searchControl(search: Search): void {
  for (const { key, scene } of situations(search.network)) {
    for (const moves of scene.run.state.endedAt === undefined ? underWay : [[retry]])
      attempt(search, key, moves);
    skipAll(search, key);
  }
  for (const { key, move, after } of paused(search)) attempt(search, key, [pause, move, ...after]);
}

function attempt(search: Search, key: string, moves: readonly Move[]): void {
  if (search.left.size === 0) return;
  const play = playedOn(search.chart, shortestPathTo(search, key), moves);
  if (play !== undefined && findsNew(search, play)) keep(search, play);
}

/** Somebody pauses the run, settles all that is left of it, and resumes it. */
function skipAll(search: Search, key: string): void {
  const { chart } = search;
  let play = played(chart, shortestPathTo(search, key), pause);
  if (play === undefined) return;
  for (const task of openAt(play.scene)) play = played(chart, play, skipping(task)) ?? play;
  const resumed = played(chart, play, resume);
  if (resumed !== undefined && findsNew(search, resumed)) keep(search, resumed);
}

function does(kind: 'pauseRun' | 'resumeRun' | 'terminateRun' | 'cancelRun' | 'retryRun'): Move {
  return { type: 'intervene', command: { kind } satisfies Intervention };
}

/** Scenes that differ in what an end by hand would find, of each kind the first. */
function situations({ explored }: Network): readonly ExploredScene[] {
  const found = new Map<string, ExploredScene>();
  for (const each of explored.scenes.values()) {
    const { state, sequence } = each.scene.run;
    if (sequence === 0) continue;
    const { phase, undoable = [], undoing } = state;
    const delegates = [...openTasks(state.tasks)].some(([, task]) => task.state === 'delegated');
    const kind = [phase, delegates, undoable.length > 0, undoing === undefined].join();
    if (!found.has(kind)) found.set(kind, each);
  }

  return [...found.values()];
}

/** How often it is tried to have the run end while it is paused. */
const triesMax = 30;

/** Moves that end the run, or let it conclude: what happens where it is paused before. */
function paused({ network: { explored, covers }, left }: Search) {
  const causes = new Set<string>([runCauses.sunk, runCauses.allSettled]);
  const wanted = [...left].some(({ task, from }) => task === undefined && from === 'paused');
  const edges = wanted ? [...explored.scenes.values()].flatMap((each) => each.edges) : [];
  const ends = edges.flatMap((edge) => {
    const cause = covers(edge).find(({ task, cause: each }) => task === undefined && causes.has(each))?.cause;
    if (cause === undefined || edge.from === explored.first) return [];
    return [
      { key: edge.from, move: edge.move, cause, after: cause === runCauses.allSettled ? [resume] : [] },
    ];
  });
  const of = (cause: string) => ends.filter((each) => each.cause === cause).slice(0, triesMax);

  return [...of(runCauses.sunk), ...of(runCauses.allSettled)];
}

/**
 * Ways on which every transition is covered by others, and yet something else could go wrong: a result without what its
 * task declares, time that is counted anew after a run was resumed or retried, a task that ends during a pause.
 */
export function furtherPlays(search: Search): readonly Play[] {
  const found = [lacksOutput, timesOutOnceResumed, timesOutOnceRetried, endsDuringPause].flatMap(
    (find) => find(search) ?? [],
  );

  return found.map((play) => playToEnd(search.chart, search.network, play));
}

function lacksOutput(search: Search): Play | undefined {
  for (const { key, scene } of search.network.explored.scenes.values()) {
    const open = openOnes(scene).find(
      ({ task, isOwed }) =>
        isOwed &&
        isPerformed(task) &&
        ((task.output?.kind === 'names' && task.output.names.length > 0) ||
          scene.candidates.misfits(task.id).length > 0),
    );
    if (open === undefined) continue;
    const { address: task, state } = open;
    const output = scene.candidates.misfits(open.task.id)[0] ?? {};
    const move: Move = { type: 'complete', task, attempt: state.attempt, output };
    return played(search.chart, shortestPathTo(search, key), move);
  }

  return undefined;
}

/** Of a task that used its attempts up and has a time for all of them. */
function timesOutOnceResumed(search: Search): Play | undefined {
  return timedOutAfter(search, resume, {
    timer: 'task.total-timeout',
    isStart: ({ scene: { run, pace } }) => {
      const { phase, pausedBy } = run.state;
      const task = run.chart.plan.get(localId(pausedBy ?? ''))?.task;
      return pace === 'quick' && phase === 'paused' && task?.totalTimeoutMs !== undefined;
    },
  });
}

function timesOutOnceRetried(search: Search): Play | undefined {
  return timedOutAfter(search, retry, {
    timer: 'run.timeout',
    isStart: ({ scene: { run } }) => run.state.endedAt !== undefined && run.state.status === 'TIMED_OUT',
  });
}

type Waiting = { readonly timer: TimerKind; readonly isStart: (scene: ExploredScene) => boolean };

const passesMax = 4;

/** Somebody has the run go on, and from then on nobody is heard of until the timer goes off. */
function timedOutAfter(search: Search, goOn: Move, { timer, isStart }: Waiting): Play | undefined {
  const start = [...search.network.explored.scenes.values()].find(isStart);
  let play = start && played(search.chart, shortestPathTo(search, start.key), goOn);
  for (let passes = 0; play !== undefined && passes < passesMax; passes += 1) {
    for (const { address: task, state, isOwed } of openOnes(play.scene)) {
      const silence: Move = { type: 'silence', task, attempt: state.attempt };
      if (isOwed) play = played(search.chart, play, silence) ?? play;
    }
    play = played(search.chart, play, { type: 'pass' });
    const fired = play?.scene.events.some(
      ({ event: { fact } }) => fact.type === 'timer.fired' && fact.data.timer === timer,
    );
    if (fired === true) return play;
  }

  return undefined;
}

/** A task whose end has another one begin: not before the run is resumed. */
function endsDuringPause(search: Search): Play | undefined {
  const { chart, network } = search;
  for (const { key, scene, edges } of network.explored.scenes.values()) {
    if (scene.pace !== 'slow' || scene.run.state.phase !== 'running') continue;
    const edge = edges.find(
      ({ move, events }) =>
        move.type === 'complete' && events.some(({ event }) => event.fact.type === 'task.started'),
    );
    if (edge !== undefined) return playedOn(chart, shortestPathTo(search, key), [pause, edge.move, resume]);
  }

  return undefined;
}
