import type { Chart } from '../../../chart/chart.ts';
import { localId, taskAt } from '../../../chart/task-at.ts';
import { isOpenBody } from '../../../chart/task-status.ts';
import { skipping } from '../by-hand.ts';
import { openAt } from '../open-at.ts';
import { type Play, played } from '../play.ts';
import { causes, type Target } from '../target.ts';
import type { Network } from './network.ts';
import { keep, type Search, shortestPathTo } from './search.ts';

/** In how many scenes it is tried. */
const triesMax = 5;

/**
 * Ways on which people skip what a task waits for, so that it has nothing to do; and those on which they skip a FORK,
 * so that its branches are given up.
 */
export function searchBySkipping(search: Search): void {
  for (const target of [...search.left]) {
    if (target.cause === causes.givenUp) giveUp(search, target);
    const isIdle =
      target.from === 'waiting' && target.to === 'skipped' && target.cause === causes.dependencies;
    if (isIdle) leaveIdle(search, target);
  }
}

/** A task is skipped where all that it waits for is: this shows it where only people can do that. */
function leaveIdle(search: Search, target: Target): void {
  const { task = '' } = target;
  const before = awaitedBy(search.chart, task);
  for (const key of scenesWith(search.network, task)) {
    if (!search.left.has(target)) return;
    let play = shortestPathTo(search, key);
    for (const address of openAt(play.scene)) {
      if (before.has(localId(address))) play = played(search.chart, play, skipping(address)) ?? play;
    }
    if (play.covered.has(target)) keep(search, play);
  }
}

function awaitedBy({ plan }: Chart, task: string): ReadonlySet<string> {
  const { task: { dependsOn } = { dependsOn: [] }, routers = [], branch } = plan.get(task) ?? {};
  const around = branch === undefined ? [] : [branch.of, ...branch.after];

  return new Set([...dependsOn, ...routers.map(({ id }) => id), ...around]);
}

/** The first scenes in which the task waits. */
function scenesWith({ explored }: Network, task: string): readonly string[] {
  const found: string[] = [];
  for (const { key, scene } of explored.scenes.values()) {
    if (found.length >= triesMax) break;
    const waits = openAt(scene).some(
      (each) => localId(each) === task && taskAt(scene.run.state, each)?.state === 'waiting',
    );
    if (waits) found.push(key);
  }

  return found;
}

function giveUp(search: Search, target: Target): void {
  for (const { key, fork } of forksOpen(search, target.task ?? '').slice(0, triesMax)) {
    if (!search.left.has(target)) return;
    const skipped: Play | undefined = played(search.chart, shortestPathTo(search, key), skipping(fork));
    if (skipped?.covered.has(target) === true) keep(search, skipped);
  }
}

/** The scenes in which the FORK of the task is open, and the task too. */
function forksOpen(
  { network, chart }: Search,
  task: string,
): readonly { readonly key: string; readonly fork: string }[] {
  const of = chart.plan.get(task)?.branch?.of;
  if (of === undefined) return [];

  return [...network.explored.scenes.values()].flatMap(({ key, scene }) => {
    const address = openAt(scene).find((each) => localId(each) === task);
    if (address === undefined) return [];
    const fork = address.slice(0, address.length - task.length) + of;
    const around = taskAt(scene.run.state, fork);

    return around !== undefined && isOpenBody(around) ? [{ key, fork }] : [];
  });
}
