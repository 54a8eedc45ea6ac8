import { useEffect } from 'react';
import type { RunPage } from '../../../api/run.ts';
import type { Graph } from '../../../api/run-parts.ts';
import { againFrom, againOnFork, againOnRetry } from './again.ts';
import { type AskFieldsProps, InputEdit } from './input-edit.tsx';
import { useRunPart } from './run-view.ts';

/** From which task, with which inputs, and what will be carried out again. */
export function RerunFields(props: AskFieldsProps) {
  const { action, page, asked, onChange } = props;
  const from = asked.from ?? action.task ?? page.failedTask ?? page.taskRows[0]?.id;
  useEffect(() => {
    if (asked.from === undefined && from !== undefined) onChange({ ...asked, from });
  }, [asked, from, onChange]);
  if (action.kind === 'retryRun') return <AgainList kind="retryRun" page={page} />;

  return (
    <>
      <label className="field">
        <strong>From task</strong>
        <select value={from} onChange={(event) => onChange({ ...asked, from: event.target.value })}>
          {rerunnable(page).map((id) => (
            <option key={id} value={id}>
              {id}
            </option>
          ))}
        </select>
      </label>
      <AgainList kind="rerun" page={page} from={from} />
      <InputEdit page={page} asked={asked} onChange={onChange} />
    </>
  );
}

/** The tasks that a rerun may begin with. */
function rerunnable({ actions, taskRows }: RunPage): readonly string[] {
  const told = actions.flatMap(({ kind, task }) => (kind === 'rerun' && task !== undefined ? [task] : []));

  return told.length > 0 ? told : taskRows.map(({ id }) => id);
}

type AgainProps = {
  readonly kind: 'retryRun' | 'rerun' | 'fork';
  readonly page: RunPage;
  readonly from?: string | undefined;
};

const shownMax = 12;

/** The tasks that will be carried out again, by name. */
export function AgainList({ kind, page, from }: AgainProps) {
  const graph = useRunPart<Graph>(page.run, 'graph', undefined);
  const tasks = againTasks({ kind, page, from }, graph.data);
  if (tasks.length === 0) return null;

  return (
    <div className="again">
      <strong>{tasks.length === 1 ? '1 task runs again' : `${tasks.length} tasks run again`}</strong>
      <ul>
        {tasks.slice(0, shownMax).map((task) => (
          <li key={task} className="mono">
            {task}
          </li>
        ))}
        {tasks.length > shownMax ? <li className="soft">and {tasks.length - shownMax} more</li> : null}
      </ul>
    </div>
  );
}

function againTasks({ kind, page, from = '' }: AgainProps, graph: Graph | undefined): readonly string[] {
  if (kind === 'retryRun') return againOnRetry(page.taskRows);
  if (kind === 'fork') return againOnFork(page.taskRows);

  return graph === undefined || from === '' ? [] : againFrom(from, graph);
}
