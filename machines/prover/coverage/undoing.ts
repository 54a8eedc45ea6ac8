import type { Chart } from '../../chart/chart.ts';
import { waitsAside } from '../../chart/continuation.ts';
import { movesOf } from '../explore/moves.ts';
import type { Move } from '../explore/scenario.ts';
import type { Scene } from '../explore/scene.ts';
import { keyOf } from '../explore/scene-key.ts';
import type { Network } from './paths/network.ts';
import { keep, type Search, shortestPathTo } from './paths/search.ts';
import { type Play, played } from './play.ts';
import type { Target } from './target.ts';

const cancel: Move = { type: 'intervene', command: { kind: 'cancelRun' } };
const byHand: readonly ((task: string) => Move)[] = [
  (task) => ({ type: 'intervene', command: { kind: 'skipTask', task } }),
  (task) => ({ type: 'intervene', command: { kind: 'resolveTask', task, output: {} } }),
];
/** How many scenes are looked at on the way of one undoing. */
const scenesMax = 400;

/** What can only be seen of undoing once somebody has cancelled the run: looked for from there on. */
export function searchUndoing(search: Search): void {
  const { chart, left, network } = search;
  for (const key of undoables(network)) {
    for (;;) {
      if (![...left].some((target) => isOfUndoing(chart, target))) return;
      const cancelled = played(chart, shortestPathTo(search, key), cancel);
      const found = cancelled === undefined ? undefined : nearestNew(search, cancelled);
      if (found === undefined) break;
      keep(search, found);
    }
  }
}

/** Of the scenes in which something can be undone, for every set of such tasks the first. */
function undoables({ explored }: Network): readonly string[] {
  const found = new Map<string, string>();
  for (const { key, scene } of explored.scenes.values()) {
    const { phase, undoable = [] } = scene.run.state;
    const kind = undoable.join();
    if (phase === 'running' && kind !== '' && !found.has(kind)) found.set(kind, key);
  }

  return [...found.values()].toReversed();
}

function isOfUndoing({ plan }: Chart, { task, from }: Target): boolean {
  const place = task === undefined ? undefined : plan.get(task);

  return from === 'compensating' || (place !== undefined && waitsAside(place));
}

/** The nearest moves, breadth first, that cover something of what is left about undoing. */
function nearestNew({ chart, left }: Search, from: Play): Play | undefined {
  const seen = new Set<string>();
  const queue: Play[] = [from];
  const isNew = ({ covered }: Play) =>
    [...covered].some((each) => left.has(each) && isOfUndoing(chart, each));
  for (const play of queue) {
    if (isNew(play)) return play;
    const key = keyOf(play.scene);
    if (seen.has(key) || seen.size > scenesMax) continue;
    seen.add(key);
    for (const move of [...movesOf(play.scene), ...interventions(play.scene)]) {
      const next = played(chart, play, move);
      if (next !== undefined) queue.push(next);
    }
  }

  return undefined;
}

function interventions({ run }: Scene): readonly Move[] {
  const next = run.state.phase === 'compensating' ? run.state.undoing?.left[0] : undefined;
  if (next === undefined) return [];

  return [...byHand.map((move) => move(next)), { type: 'intervene', command: { kind: 'terminateRun' } }];
}
