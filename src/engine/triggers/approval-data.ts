import { localId } from '../../../machines/compile/address.ts';
import { taskAt } from '../../../machines/compile/task-at.ts';
import { dueTime } from '../../../machines/due-time.ts';
import { defined } from '../../../machines/language/defined.ts';
import { renderInput } from '../../../machines/run/render.ts';
import type { Run } from '../../../machines/run/run.ts';
import { settles } from './tellings.ts';
import { ofRun, small, type ToldRecord, textsAmong, textsOf, unlessElsewhere } from './told-record.ts';

/** What every event about an approval says. */
export function ofApproval(task: string, told: ToldRecord) {
  return { ...ofRun(told), task, ...defined({ name: taskOf(task, told)?.name }) };
}

/** What a task asks, of whom, and until when. */
export function requestOf(task: string, told: ToldRecord) {
  const { record, run } = told;
  const human = humanTask(task, told);
  const { approvers, timeoutMs, form } = human ?? {};
  const since = (run && taskAt(run.state, task)?.scheduledAt) ?? record.time;

  return {
    names: [...(approvers?.names ?? [])],
    quorum: human?.quorum ?? 1,
    onTimeout: human?.onTimeout ?? 'fail',
    ...defined({
      level: approvers?.level,
      dueAt: timeoutMs === undefined ? undefined : dueTime(since, timeoutMs),
      form,
    }),
    ...inputOf(task, run),
  };
}

/** Secrets are not at hand here: an input that has one in it cannot be rendered, and is left out. */
function inputOf(task: string, run: Run | undefined) {
  const rendered = run && unlessElsewhere(() => renderInput(run, task));
  const input = rendered?.ok === true ? small(rendered.value) : undefined;

  return input === undefined ? ({ inputOmitted: true } as const) : { input };
}

/** What one person answered. */
export function answerOf(task: string, told: ToldRecord) {
  const { data } = told.record.data.fact;
  const filledIn = data === undefined ? undefined : small(data);

  return {
    ...textsOf(told, ['by']),
    ...textsAmong(told, ['comment']),
    ...defined({ data: filledIn }),
    ...(data !== undefined && filledIn === undefined ? { formDataOmitted: true as const } : {}),
    settled: settles(told.transitions, task),
  };
}

/** What happens when nobody answers in time. */
export function policyOf(task: string, told: ToldRecord) {
  return defined({ onTimeout: humanTask(task, told)?.onTimeout });
}

function humanTask(task: string, told: ToldRecord) {
  const found = taskOf(task, told);

  return found?.type === 'HUMAN' ? found : undefined;
}

function taskOf(task: string, { chart, run }: ToldRecord) {
  return (run?.chart ?? chart)?.plan.get(localId(task))?.task;
}
