import type { Chart } from '../../../chart/chart.ts';
import type { Edge } from '../../explore/explore.ts';
import { playOut } from '../../explore/play-out.ts';
import type { Scene } from '../../explore/scene.ts';
import { keyOf } from '../../explore/scene-key.ts';
import { newPlay, type Play, played, playedAll } from '../play.ts';
import type { Target } from '../target.ts';
import { type Network, nearestMoves } from './network.ts';

/**
 * Few ways through what was explored that cover all of it: each goes from one move that covers something new to the
 * next such one, the nearest each time, and ends when there is none ahead. What it covers is taken from `left`.
 */
export function coveringPaths(
  chart: Chart,
  network: Network,
  { first, left }: { readonly first: Scene; readonly left: Set<Target> },
): readonly Play[] {
  const paths: Play[] = [];
  const wanted = new Set(
    [...network.explored.scenes.values()].flatMap(({ edges }) => edges.flatMap(network.covers)),
  );
  while (wanted.size > 0) {
    const path = pathFrom(chart, network, { first, wanted });
    if (path === undefined) break;
    paths.push(path);
    for (const target of path.covered) left.delete(target);
  }

  return paths;
}

function pathFrom(
  chart: Chart,
  network: Network,
  { first, wanted }: { readonly first: Scene; readonly wanted: Set<Target> },
): Play | undefined {
  let play = newPlay(first);
  for (;;) {
    const way = nearestMoves(network, keyOf(play.scene), wanted);
    if (way === undefined) break;
    play = playedAll(
      chart,
      play,
      way.map(({ move }) => move),
    );
    for (const target of play.covered) wanted.delete(target);
    // Were scenes to go on otherwise than others with their key, this would be looked for again and again.
    const last = way.at(-1);
    for (const target of last === undefined ? [] : network.covers(last)) wanted.delete(target);
  }

  return play.moves.length === 0 ? undefined : playToEnd(chart, network, play);
}

/** The way on to the end: the plainest, unless that goes round in a circle. Where there is no end, people make one. */
export function playToEnd(chart: Chart, network: Network, play: Play): Play {
  const last = playedOut(chart, network, play);
  if (last.scene.run.state.endedAt !== undefined) return last;

  return played(chart, last, { type: 'intervene', command: { kind: 'terminateRun' } }) ?? last;
}

function playedOut(chart: Chart, network: Network, play: Play): Play {
  const seen = new Set<string>();
  let at = play;
  for (;;) {
    const key = keyOf(at.scene);
    const ahead = (network.explored.scenes.get(key)?.edges ?? []).filter(({ to }) =>
      Number.isFinite(network.toEnd(to)),
    );
    const plainest = ahead.find(({ to }) => !seen.has(to)) ?? shortest(network, ahead);
    const edge = seen.size > turnsMax ? shortest(network, ahead) : plainest;
    const next = edge === undefined ? undefined : played(chart, at, edge.move);
    if (next === undefined) return playedAll(chart, at, playOut(at.scene));
    seen.add(key);
    at = next;
  }
}

/** After so many moves the shortest way is taken. */
const turnsMax = 200;

function shortest(network: Network, edges: readonly Edge[]): Edge | undefined {
  return edges.toSorted((a, b) => network.toEnd(a.to) - network.toEnd(b.to))[0];
}
