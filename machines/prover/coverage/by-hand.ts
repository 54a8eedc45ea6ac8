import type { Json } from '../../../events/canonical-json.ts';
import { localId } from '../../chart/task-at.ts';
import { isPerformed } from '../../performed.ts';
import { movesOf } from '../explore/moves.ts';
import type { Move } from '../explore/scenario.ts';
import type { Scene } from '../explore/scene.ts';
import { openAt } from './open-at.ts';
import type { Network } from './paths/network.ts';
import { findsNew, keep, type Search, shortestPathTo } from './paths/search.ts';
import { type Play, played } from './play.ts';
import { causes, type Target } from './target.ts';

/** A way that goes on for so long will not come to another task. */
const movesMax = 300;

type ByHand = { readonly cause: string; readonly move: (scene: Scene, address: string) => Move };

const ways: readonly ByHand[] = [
  { cause: causes.skippedByHand, move: (_scene, task) => skipping(task) },
  {
    cause: causes.completedByHand,
    move: (scene, task) => ({
      type: 'intervene',
      command: { kind: 'resolveTask', task, output: plainResult(scene, task) },
    }),
  },
];

export function skipping(task: string): Move {
  return { type: 'intervene', command: { kind: 'skipTask', task } };
}

/** Ways on which people settle tasks by hand, as many on each as do not disturb each other. */
export function searchByHand(search: Search): void {
  for (const way of ways) settleByHand(search, way);
}

function settleByHand(search: Search, way: ByHand): void {
  const targets = [...search.left].filter(({ cause }) => cause === way.cause);
  const wanted = new Map(targets.map((each) => [each.task ?? '', each]));
  for (const [id, key] of earliestOpen(search.network, (task) => wanted.has(task))) {
    // Where the others on its way end the run before its turn comes, it gets a way of its own.
    for (const isMeant of [(task: string) => wanted.has(task), (task: string) => task === id]) {
      if (!wanted.has(id)) continue;
      let play = shortestPathTo(search, key);
      const settling = { search, way, wanted, isMeant };
      for (let next = settleOne(settling, play); next !== undefined; next = settleOne(settling, play))
        play = next;
      if (findsNew(search, play)) keep(search, play);
    }
  }
}

type Settling = {
  readonly search: Search;
  readonly way: ByHand;
  readonly wanted: Map<string, Target>;
  readonly isMeant: (task: string) => boolean;
};

/** The last open task first: what comes before it is not disturbed by that. Then the run goes on. */
function settleOne({ search, way, wanted, isMeant }: Settling, play: Play): Play | undefined {
  for (const address of openAt(play.scene).toReversed()) {
    const target = wanted.get(localId(address));
    if (target === undefined || !isMeant(localId(address))) continue;
    const next = played(search.chart, play, way.move(play.scene, address));
    if (next?.covered.has(target) !== true) continue;
    wanted.delete(localId(address));
    return next;
  }
  const [plainest] = movesOf(play.scene);
  const goesOn = plainest !== undefined && [...wanted.keys()].some(isMeant) && play.moves.length < movesMax;

  return goesOn ? played(search.chart, play, plainest) : undefined;
}

/** Others may read it. */
function plainResult({ candidates, run }: Scene, address: string): Json {
  const task = run.chart.plan.get(localId(address))?.task;
  const gives = isPerformed(task) || task?.type === 'SUB_WORKFLOW' || task?.type === 'TRANSFORM';
  if (task?.type === 'WAIT' && task.returns !== undefined) return candidates.signals(task.id)[0] ?? {};

  return (gives ? candidates.results(localId(address))[0] : undefined) ?? {};
}

/** Of the tasks that are looked for, the scene nearest to the start in which each is open. */
function earliestOpen({ explored }: Network, isWanted: (id: string) => boolean): ReadonlyMap<string, string> {
  const earliest = new Map<string, string>();
  for (const { key, scene } of explored.scenes.values()) {
    for (const address of openAt(scene)) {
      const id = localId(address);
      if (isWanted(id) && !earliest.has(id)) earliest.set(id, key);
    }
  }

  return earliest;
}
