// What is called unreachable never happens. Method: random runs of the shipped definitions and of those of the mutation
// check, other ones than those that choosing scenarios plays itself: any task answers, time passes, people step in.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Chart } from '../../../../machines/chart/chart.ts';
import { candidatesOf } from '../../../../machines/prover/candidates/candidates-of.ts';
import { chooseScenarios } from '../../../../machines/prover/coverage/choose.ts';
import { anyMove, chanceOf } from '../../../../machines/prover/coverage/paths/random-walk.ts';
import { newPlay, type Play, played } from '../../../../machines/prover/coverage/play.ts';
import { targetText } from '../../../../machines/prover/coverage/target.ts';
import { begin, explore } from '../../../../machines/prover/explore/explore.ts';
import { chartOfText } from '../../../support/chart-of.ts';

const files = ['definitions', 'test/mutations/definitions'].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /^[^.]+\.yaml$/.test(name))
    .map((name) => `${folder}/${name}`),
);
const walks = 300;
const movesMax = 60;

test.each(files)('nothing that random runs of %s do is called unreachable', { timeout: 120_000 }, (file) => {
  const chart = chartOfText(readFileSync(file, 'utf8'));
  const candidates = candidatesOf(chart.definition, chart);
  const { coverage } = chooseScenarios(chart, candidates, explore(chart, candidates, { scenesMax: 20_000 }));
  const impossible = coverage.uncovered.filter(({ reason }) => reason.kind === 'unreachable');
  const happened = new Set<string>();
  for (let walk = 0; walk < walks && impossible.length > 0; walk += 1) {
    const { covered } = walked(chart, newPlay(begin(chart, candidates)), walk);
    for (const { target } of impossible) if (covered.has(target)) happened.add(targetText(target));
  }

  expect([...happened]).toEqual([]);
});

function walked(chart: Chart, first: Play, walk: number): Play {
  const chance = chanceOf(`another walk ${walk}`);
  let play = first;
  for (let moves = 0; moves < movesMax; moves += 1) {
    const move = anyMove(play.scene, chance);
    play = (move === undefined ? undefined : played(chart, play, move)) ?? play;
    if (play.scene.run.state.endedAt !== undefined && !chance.isOneIn(3)) break;
  }

  return play;
}
