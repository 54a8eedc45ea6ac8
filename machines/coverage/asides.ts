import { askedNow, namesAsked } from '../agents/asked.ts';
import { localId } from '../compile/address.ts';
import type { Chart } from '../compile/chart.ts';
import { openTasks } from '../compile/task-at.ts';
import type { Edge } from '../explore/explore.ts';
import type { Move } from '../explore/move.ts';
import type { Network } from './network.ts';
import { playedOn } from './play.ts';
import { keep, type Search, wayTo } from './search.ts';
import { runCauses, type Target } from './target.ts';

type Tried = { readonly key: string; readonly moves: readonly Move[] };
const triesMax = 30;

/**
 * What comes from outside at a time at which nobody has asked for it: a signal before its task waits for it, an
 * approval that is handed on, the last child of a run that is given up.
 */
export function searchAside(search: Search): void {
  for (const target of [...search.left]) {
    for (const { key, moves } of waysFor(search, target).slice(0, triesMax)) {
      if (!search.left.has(target)) break;
      const play = playedOn(search.chart, wayTo(search, key), moves);
      if (play?.covered.has(target) === true) keep(search, play);
    }
  }
}

function waysFor({ chart, network }: Search, target: Target): readonly Tried[] {
  if (target.cause === 'signal.taken') return earlySignals(chart, network, target);
  if (target.cause === 'approval.delegated') return delegations(network, target);
  if (target.cause === runCauses.allSettled && target.to === 'cancelling') return childrenSkipped(network);

  return [];
}

/** Before the move with which the task begins to wait. */
function earlySignals({ plan }: Chart, { explored, covers }: Network, { task = '' }: Target) {
  const wait = plan.get(task)?.task;
  if (wait?.type !== 'WAIT' || wait.signal === undefined) return [];
  const { signal: name } = wait;
  const begins = (edge: Edge) =>
    covers(edge).some((each) => each.task === task && each.cause === 'wait.armed');

  return [...explored.scenes.values()].flatMap(({ edges, key, scene }) =>
    edges
      .filter((edge) => edge.from !== explored.first && begins(edge))
      .slice(0, 1)
      .flatMap(({ move }) =>
        scene.candidates
          .signals(task)
          .map((data) => ({ key, moves: [{ type: 'signal' as const, name, data }, move] })),
      ),
  );
}

function delegations({ explored }: Network, { task = '' }: Target) {
  return [...explored.scenes.values()].flatMap(({ key, scene }) =>
    [...openTasks(scene.run.state.tasks)].flatMap(([address, state]) => {
      const human = scene.run.chart.plan.get(localId(address))?.task;
      if (localId(address) !== task || state.state !== 'pending_approval' || human?.type !== 'HUMAN')
        return [];
      const [by = 'ana'] = namesAsked(askedNow(human, state));
      const command = { kind: 'delegateApproval', task: address, by, to: 'zoe' } as const;
      return [{ key, moves: [{ type: 'intervene' as const, command }] }];
    }),
  );
}

function childrenSkipped({ explored }: Network) {
  return [...explored.scenes.values()].flatMap(({ key, scene }) =>
    [...openTasks(scene.run.state.tasks)].flatMap(([task, { state }]) =>
      state === 'delegated'
        ? [{ key, moves: [{ type: 'intervene' as const, command: { kind: 'skipTask' as const, task } }] }]
        : [],
    ),
  );
}
