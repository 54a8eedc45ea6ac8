// What holds for every run, whatever its definition and whatever happens to it. Each law sees every event of a run and
// is asked once more when the run is over. The laws know the journal and the state, not how the core works.
import { canonicalJson } from '../../events/canonical-json.ts';
import type { Chart } from '../../machines/chart/chart.ts';
import type { RunState } from '../../machines/chart/run/run-state.ts';
import { bodyPrefix, localId } from '../../machines/chart/task-at.ts';
import { isFinal } from '../../machines/chart/task-status.ts';
import { itemsOf } from '../../machines/chart/tasks/body.ts';
import { decide } from '../../machines/run/decide/decide.ts';
import type { Sealed } from '../../machines/run/record/create-record.ts';
import { fold, replayRecord } from '../../machines/run/record/fold.ts';
import { newRun } from '../../machines/run/run.ts';
import type { Move, Played } from './play-schedule.ts';

export type Law = {
  readonly see: (move: Move) => void;
  readonly over: (played: Played) => void;
};

class BrokenLaw extends Error {
  override readonly name = 'BrokenLaw';
}

export function broken(law: string, detail: unknown): never {
  throw new BrokenLaw(`${law}: ${typeof detail === 'string' ? detail : JSON.stringify(detail)}`);
}

/** The transitions of tasks that an event caused, without that of the run itself. */
export function taskTransitions({
  transitions,
}: Sealed): readonly { readonly task: string; readonly from: string; readonly to: string }[] {
  return transitions.flatMap(({ task, from, to }) => (task === undefined ? [] : [{ task, from, to }]));
}

/** The journal alone gives the state back, byte for byte, at every event; and every byte of the journal, too. */
export function journalIsTheRun(chart: Chart): Law {
  const live: string[] = [];

  return {
    see: ({ sealed }) => void live.push(canonicalJson(sealed.run.state)),
    over: ({ moves, run }) => {
      const read = moves.map(({ sealed: { body } }) => ({ body, record: JSON.parse(body) }));
      let again = newRun(chart);
      for (const [index, each] of read.entries()) {
        again = replayRecord(again, each);
        if (canonicalJson(again.state) !== live[index])
          broken('live state differs from replay at event', index + 1);
        const move = moves[index];
        if (canonicalJson(move?.sealed.run.state ?? null) !== live[index]) {
          broken('a state was changed after its event', index + 1);
        }
      }
      if (canonicalJson(fold(chart, read).state) !== canonicalJson(run.state))
        broken('fold differs from live', '');
    },
  };
}

/** The transitions that the records list lead from where each task was last, and leave nothing out. */
export function transitionsFollow(chart: Chart): Law {
  const known = new Map<string, string>();
  let phase = 'created';
  const unbegun = (address: string) => {
    const place = chart.plan.get(localId(address));
    return place?.undoes === true || place?.aside === true ? 'standby' : 'waiting';
  };

  return {
    see: ({ sealed }) => {
      for (const { task, from, to } of sealed.transitions) {
        const last = task === undefined ? phase : (known.get(task) ?? unbegun(task));
        if (last !== from) broken('a transition leads from where the task was not', { task, from, to, last });
        if (task === undefined) phase = to;
        else known.set(task, to);
      }
    },
    over: ({ run }) => {
      for (const [address, state] of allTasks(run.state.tasks)) {
        const last = known.get(address) ?? unbegun(address);
        if (last !== state) broken('a change of a task was not recorded', { address, last, state });
      }
    },
  };
}

function* allTasks(tasks: RunState['tasks'], prefix = ''): Iterable<readonly [string, string]> {
  for (const [id, task] of Object.entries(tasks)) {
    yield [prefix + id, task.state];
    if (task.body === undefined) continue;
    for (const [index, item] of itemsOf(task.body)) {
      yield* allTasks(item.tasks ?? {}, bodyPrefix(prefix, { id, attempt: task.attempt, index }));
    }
  }
}

const reopening: ReadonlySet<string> = new Set(['retryRun', 'rerun', 'dropDeadLetter', 'refuseApproval']);

/** A run that is over changes only when somebody has it go on, drops it, or wants to answer what it asked for. */
export function finalRunsStay(): Law {
  return {
    see: ({ before, command }) => {
      if (isFinal(before.state.status) && !reopening.has(command.kind))
        broken('a final run took a command', command);
    },
    over: ({ run, sent }) => {
      for (const command of sent) {
        if (!reopening.has(command.kind) && decide(run, command).ok)
          broken('a final run would take', command);
      }
    },
  };
}
