import type { ComparedTask, RunComparison, TaskSide } from '../../../../api/run-compare.ts';
import { Duration } from '../../../parts/duration.tsx';
import { Panel } from '../../../parts/panel.tsx';
import { StatusBadge } from '../../../parts/status/status-badge.tsx';
import { comparedTasks, differenceText } from './compare-words.ts';

/** The short ids of the two runs. */
export type RunNames = { readonly one: string; readonly other: string };

export type CompareTasksProps = {
  readonly comparison: RunComparison;
  readonly names: RunNames;
  readonly onlyDifferent: boolean;
  readonly onOnlyDifferent: (is: boolean) => void;
};

/** Each task with what it came to in either run. */
export function CompareTasks({ comparison, names, onlyDifferent, onOnlyDifferent }: CompareTasksProps) {
  const { tasks, tasksOmitted } = comparison;
  const shown = comparedTasks(tasks, onlyDifferent);
  const different = tasks.filter(({ isDifferent }) => isDifferent).length;

  return (
    <Panel
      title="Tasks"
      note={`${different} of ${tasks.length} ended otherwise or took other attempts`}
      isFlush={shown.length > 0}
      actions={
        <label className="check">
          <input
            type="checkbox"
            checked={onlyDifferent}
            onChange={(event) => onOnlyDifferent(event.target.checked)}
          />
          only those
        </label>
      }
      empty={shown.length === 0 ? 'Each task came to the same end in both runs.' : undefined}
    >
      <TaskTable tasks={shown} names={names} />
      {tasksOmitted > 0 && <p className="compare-more soft">and {tasksOmitted} more tasks</p>}
    </Panel>
  );
}

function TaskTable({ tasks, names }: { readonly tasks: readonly ComparedTask[]; readonly names: RunNames }) {
  return (
    <table className="compare compare-tasks">
      <thead>
        <tr>
          <th scope="col">Task</th>
          <th scope="col" className="mono">
            {names.one}
          </th>
          <th scope="col" className="mono">
            {names.other}
          </th>
          <th scope="col" className="number">
            Difference
          </th>
        </tr>
      </thead>
      <tbody>
        {tasks.map(({ task, one, other, differenceMs, isDifferent }) => (
          <tr key={task} data-different={isDifferent}>
            <th scope="row" className="mono">
              {task}
            </th>
            <td>
              <Side side={one} />
            </td>
            <td>
              <Side side={other} />
            </td>
            <td className="number nowrap">{differenceText(differenceMs)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Side({ side }: { readonly side: TaskSide | undefined }) {
  if (side === undefined) return <span className="soft">no such task</span>;
  const { status, attempts, tookMs } = side;

  return (
    <span className="compare-side">
      <StatusBadge status={status} />
      {attempts > 0 && (
        <span className="soft nowrap">
          {attempts} {attempts === 1 ? 'attempt' : 'attempts'}
        </span>
      )}
      {tookMs !== undefined && <Duration ms={tookMs} />}
    </span>
  );
}
