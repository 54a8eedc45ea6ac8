import { localId } from '../compile/address.ts';
import { answersTo } from '../explore/answers.ts';
import type { Intervention, Move } from '../explore/move.ts';
import { movesOf } from '../explore/moves.ts';
import { openOnes } from '../explore/owing.ts';
import type { Scene } from '../explore/scene.ts';
import type { Chance } from './chance.ts';
import { openAt } from './open-at.ts';

const pass: Move = { type: 'pass' };
const ofRun: readonly Intervention['kind'][] = ['pauseRun', 'resumeRun', 'cancelRun', 'retryRun'];

/**
 * One of the moves that anybody could make now, in whatever order: any task that is owed an answer gets one, time
 * passes, people step in. The explorer looks at one order of what is independent; this looks at some of the others.
 */
export function anyMove(scene: Scene, chance: Chance): Move | undefined {
  if (scene.run.sequence === 0) return chance.pick(movesOf(scene));
  if (chance.isOneIn(8)) return chance.pick(interventions(scene));
  const answers = openOnes(scene).flatMap((open) =>
    open.isOwed ? answersTo(scene, open).filter(({ type }) => type !== 'silence') : [],
  );
  if (answers.length === 0) return chance.pick([pass, ...movesOf(scene)]);

  return chance.isOneIn(7) ? pass : chance.pick(answers);
}

function interventions(scene: Scene): readonly Move[] {
  const { candidates } = scene;
  const ofTasks = openAt(scene).flatMap((task): readonly Intervention[] => [
    { kind: 'skipTask', task },
    { kind: 'resolveTask', task, output: {} },
    ...candidates
      .results(localId(task))
      .slice(0, 1)
      .map((output) => ({ kind: 'resolveTask' as const, task, output })),
  ]);
  const all = [...ofRun.map((kind) => ({ kind }) as Intervention), ...ofTasks, terminate];

  return all.map((command) => ({ type: 'intervene', command }));
}

const terminate: Intervention = { kind: 'terminateRun' };
