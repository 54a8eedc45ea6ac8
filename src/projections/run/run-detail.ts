import { statusOf } from '../../../machines/chart/task-status.ts';
import type { RunDetail } from '../../api/run-detail.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { tasksInOrder } from '../task/task-order.ts';
import { shownInput } from './shown-input.ts';

const inputsMax = 4;
const textMax = 120;

/** A run as a list tells of it beyond its line. */
export function runDetail(view: RunView): RunDetail {
  const tasks = tasksInOrder(view).filter(({ depth }) => depth === 0);

  return {
    run: view.run,
    sequence: view.sequence,
    input: keyInputs(view),
    attempts: tasks.reduce((sum, { state }) => sum + state.attempt, 0),
    tasks: tasks.map(({ address, state }) => ({
      task: address,
      status: statusOf(state.state),
      attempt: state.attempt,
    })),
  };
}

/** What tells one run from another of the same definition: first what everybody who starts one has to say. */
function keyInputs(view: RunView): RunDetail['input'] {
  const { input } = view.definition;
  const shown = shownInput(view);
  const declared = Object.keys(input);
  const required = declared.filter((name) => input[name]?.required === true);
  const names = new Set([...required, ...declared, ...Object.keys(shown)]);

  return [...names]
    .filter((name) => shown[name] !== undefined && shown[name] !== null && shown[name] !== '')
    .slice(0, inputsMax)
    .map((name) => ({ name, text: oneLine(shown[name]) }));
}

function oneLine(value: unknown): string {
  const plain = Array.isArray(value) ? value.map(written).join(', ') : written(value);
  const text = plain.replaceAll(/\s+/g, ' ');

  return text.length > textMax ? `${text.slice(0, textMax - 1)}…` : text;
}

function written(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
