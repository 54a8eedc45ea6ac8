import type { Json } from '../../events/canonical-json.ts';
import { isMapping } from '../language/read-tasks.ts';
import { redact } from '../run/redact.ts';
import { renderInput } from '../run/render.ts';
import type { Task } from '../task.ts';
import { type Both, taskOfBoth } from './both.ts';
import { firstDifference, isAlike, shown } from './differences.ts';
import { workWords } from './work-words.ts';

/** What a task that begins would do otherwise than was done, in words: then what came of it stands for nothing. */
export function otherWork(both: Both, address: string): string | undefined {
  const [before, after] = taskOfBoth(both, address) ?? [];
  if (before === undefined || after === undefined) return undefined;

  return otherHands(address, before, after) ?? (isAttempted(after) ? otherInput(both, address) : undefined);
}

/** Why a recorded outcome is not the one that would have come of the same result, in words. */
export function otherOutput(
  both: Both,
  { task: address, isMade }: { readonly task: string; readonly isMade: boolean },
): string | undefined {
  const [before, after] = taskOfBoth(both, address) ?? [];
  if (before === undefined || after === undefined || !isMade) return undefined;
  if (before.outputTo !== after.outputTo) return `the output of ${address} is written to another place`;
  if (!isAttempted(after) || isAlike(before.output, after.output)) return undefined;

  return before.output?.kind === 'map' || after.output?.kind === 'map'
    ? `the output of ${address} is made another way; its result was not recorded as it came`
    : `${address} has to give ${namesOf(after)} instead of ${namesOf(before)}`;
}

/** What a run that carries a task out was started for and would not be, beside the values of what it is given. */
export function otherRun(both: Both, address: string): string | undefined {
  const [before, after] = taskOfBoth(both, address) ?? [];
  if (before?.type !== 'SUB_WORKFLOW' || after?.type !== 'SUB_WORKFLOW') return undefined;
  if (before.workflow.includes('@') && !after.workflow.includes('@'))
    return `${address} starts a run of the latest ${after.workflow} instead of ${before.workflow}`;
  const [was, now] = [both.was, both.now].map((run) => renderInput(run, address));
  if (was?.ok !== true || now?.ok !== true || !isMapping(was.value)) return undefined;
  const given = now.value;
  const lost = Object.keys(was.value).find((name) => !isMapping(given) || !Object.hasOwn(given, name));

  return lost === undefined ? undefined : `${address} starts its run without ${lost}`;
}

function otherHands(address: string, before: Task, after: Task): string | undefined {
  const [was, is] = [workOf(before), workOf(after)];
  if (isAlike(was, is)) return undefined;
  const [then, now] = [workWords(before), workWords(after)];
  if (then !== now) return `${address} is carried out by ${now} instead of ${then}`;
  const { path } = firstDifference(was as Json, is as Json) ?? { path: [] };

  return `${address} is carried out another way: its ${path.join('.')} differs`;
}

/** The parts of a task that say what is done outside of the run. */
function workOf(task: Task): Readonly<Record<string, unknown>> {
  const { type } = task;
  switch (type) {
    case 'SIMPLE':
      return { type, performer: task.performer, agentLevel: task.agentLevel };
    case 'HTTP':
      return { type, request: task.request, expectStatus: task.expectStatus };
    case 'EVENT':
      return { type, event: task.event };
    case 'SUB_WORKFLOW':
      return { type, wait: task.wait, onParentClose: task.onParentClose };
    default:
      return { type };
  }
}

/** What an attempt is given counts as it is rendered: a template may be written in another way. */
function otherInput(both: Both, address: string): string | undefined {
  const [before, after] = taskOfBoth(both, address) ?? [];
  if (isAlike(before?.input ?? {}, after?.input ?? {})) return undefined;
  const [was, now] = [renderInput(both.was, address), renderInput(both.now, address)];
  if (!was.ok || !now.ok) return `${address} is given another input, and what it is cannot be told`;
  if (isAlike(was.value, now.value)) return undefined;
  const [then, is] = [was.value, now.value].map((value) => redact(value, both.now.aside.hidden));
  const { path, before: had, after: has } = firstDifference(then, is) ?? { path: [] };
  if (path.length === 0) return `${address} is given another input`;

  return `${address} is given ${path.join('.')} ${shown(has)} instead of ${shown(had)}`;
}

function isAttempted({ type }: Task): boolean {
  return type === 'SIMPLE' || type === 'HTTP' || type === 'EVENT';
}

function namesOf({ output }: Task): string {
  return output?.kind === 'names' ? output.names.join(', ') : 'anything';
}
