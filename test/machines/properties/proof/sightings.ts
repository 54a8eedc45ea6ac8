// What plays showed of the rarer parts of the language, so that a dialect that no longer draws them is noticed.
import type { Chart } from '../../../../machines/chart/chart.ts';
import type { TaskPlace } from '../../../../machines/chart/plan.ts';
import { localId } from '../../../../machines/chart/task-at.ts';
import type { Happened, Scene } from '../../../../machines/prover/explore/scene.ts';
import { vainSignal } from './dialect.ts';

/** What has to come up in the plays of proven definitions. */
export const sightings = [
  'loop left',
  'run terminated by a task',
  'race lost',
  'lost branch undone',
  'duration of an expression',
  'timeout of an expression',
] as const;

export type Sighting = (typeof sightings)[number];

/** What the last move led to. */
export function sightingsIn(chart: Chart, { events, run }: Scene): readonly Sighting[] {
  const isOn = run.state.status === 'RUNNING';

  return events.flatMap(({ event, transitions }) => [
    ...evaluations(event),
    ...transitions.flatMap(({ task, to }): readonly Sighting[] => {
      const place = chart.plan.get(localId(task ?? ''));
      if (place === undefined) return [];
      if (isOn && to === 'cancelled' && isOutrun(chart, place)) return ['race lost'];
      if (isOn && to === 'completed' && place.retreat !== undefined) return ['lost branch undone'];
      return terminations(place, to);
    }),
  ]);
}

function evaluations({ fact }: Happened['event']): readonly Sighting[] {
  if (fact.type !== 'names.evaluated') return [];

  return [
    ...('durationMs' in fact.data.names ? ['duration of an expression' as const] : []),
    ...('timeoutMs' in fact.data.names ? ['timeout of an expression' as const] : []),
  ];
}

/** The planted waits that the last move began: see `vainSignal`. */
export function vainWaitsIn(chart: Chart, { events }: Scene): readonly string[] {
  return events.flatMap(({ transitions }) =>
    transitions.flatMap(({ task, to }) => {
      const begun = to === 'awaiting' ? chart.plan.get(localId(task ?? ''))?.task : undefined;
      return begun?.type === 'WAIT' && begun.signal === vainSignal ? [begun.id] : [];
    }),
  );
}

/** Whether a choice outside of its FORK may give a task up. */
function isOutrun({ plan }: Chart, { branch, outrunBy = {} }: TaskPlace): boolean {
  return branch !== undefined && Object.keys(outrunBy).some((id) => plan.get(id)?.branch?.of !== branch.of);
}

function terminations({ task }: TaskPlace, to: string): readonly Sighting[] {
  if (task.type !== 'TERMINATE' || to !== 'completed') return [];
  if (task.breaks === true) return ['loop left'];

  return task.status === 'TERMINATED' ? ['run terminated by a task'] : [];
}
