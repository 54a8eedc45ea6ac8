import type { Chart } from '../../../chart/chart.ts';
import { movesTo } from '../../explore/explore.ts';
import type { Scene } from '../../explore/scene.ts';
import { newPlay, type Play, playedAll } from '../play.ts';
import type { Target } from '../target.ts';
import type { Network } from './network.ts';
import { playToEnd } from './paths.ts';

/** The ways that were found so far, and the targets that none of them covers. */
export type Search = {
  readonly chart: Chart;
  readonly network: Network;
  readonly first: Scene;
  readonly left: Set<Target>;
  readonly found: Play[];
};

/** A shortest way to a scene that was explored. */
export function shortestPathTo({ chart, network, first }: Search, key: string): Play {
  return playedAll(chart, newPlay(first), movesTo(network.explored, key));
}

/** Follows the way to its end, and keeps it. */
export function keep({ chart, network, left, found }: Search, play: Play): void {
  const path = playToEnd(chart, network, play);
  found.push(path);
  for (const target of path.covered) left.delete(target);
}

/** Whether the way covers something that is left. */
export function findsNew({ left }: Search, { covered }: Play): boolean {
  return [...covered].some((target) => left.has(target));
}
