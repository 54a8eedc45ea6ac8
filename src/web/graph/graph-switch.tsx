import type { TasksOrStates } from '../../api/run-parts.ts';
import { ChipChoice } from '../parts/chip-choice.tsx';

const options = [
  { id: 'tasks', label: 'Tasks' },
  { id: 'states', label: 'States' },
] as const;

type GraphSwitchProps = { readonly view: string; readonly onView: (view: TasksOrStates) => void };

/** Whether a graph shows the tasks of a definition, or the states of its statechart. */
export function GraphSwitch({ view, onView }: GraphSwitchProps) {
  return <ChipChoice label="The graph shows" options={options} selected={view} onSelect={onView} />;
}
