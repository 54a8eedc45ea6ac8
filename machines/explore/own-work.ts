import type { Json } from '../../events/canonical-json.ts';
import { localId } from '../compile/address.ts';
import { taskAt } from '../compile/task-at.ts';
import { isPerformed } from '../performed.ts';
import { childRun } from '../run/child-run.ts';
import type { Command } from '../run/command.ts';
import type { Effect } from '../run/effects.ts';
import { errorData, renderInput } from '../run/render.ts';
import type { Run } from '../run/run.ts';
import { unclaimed } from '../run/unclaimed.ts';
import { ofAttempt, reported } from './reported.ts';

/** What stands for the definitions that a run starts runs of: they are not explored with it. */
const otherDefinition = (id: string) => ({ id, version: 1, hash: '0'.repeat(64) });

/** What an engine does by itself about an effect, besides evaluating; undefined where the world is asked. */
export function ownWork(run: Run, effect: Effect, time: string): Command | undefined {
  switch (effect.kind) {
    case 'evaluate':
    case 'conclude':
      return effect;
    case 'execute':
      return executed(run, effect, time);
    case 'delegate':
      return delegated(run, effect);
    case 'follow':
      return followed(run, effect);
    case 'abandon': {
      const { task, attempt, run: child } = effect.orphan;
      return { kind: 'endChild', task, attempt, run: child, status: 'TERMINATED' };
    }
    case 'startFailureWorkflow':
      return notified(run);
    case 'admit':
      return { kind: 'admitRun', key: effect.key };
  }
}

type EffectOf<Kind extends Effect['kind']> = Extract<Effect, { kind: Kind }>;

/** What is only written to a file; and an attempt whose input cannot be made, which fails before anybody sees it. */
function executed(run: Run, { task, attempt }: EffectOf<'execute'>, time: string): Command | undefined {
  const of = ofAttempt(task, attempt, time);
  if (!isPerformed(run.chart.plan.get(localId(task))?.task)) {
    return reported(run, of, unclaimed(run, taskAt(run.state, task)?.output ?? {}));
  }
  const input = renderInput(run, task);

  return input.ok ? undefined : { kind: 'failTask', ...of, error: errorData(input.error) };
}

function delegated(run: Run, { task, attempt }: EffectOf<'delegate'>): Command {
  const of = { task, attempt };
  const place = run.chart.plan.get(localId(task))?.task;
  const named = place?.type === 'SUB_WORKFLOW' ? place.workflow : '';
  const input = renderInput(run, task);
  if (!input.ok) return { kind: 'delegate', ...of, child: { error: errorData(input.error) } };
  const child = {
    run: childRun(run.state.run, task, attempt),
    definition: otherDefinition(named.split('@')[0] ?? named),
    input: inputsOf(input.value),
  };

  return { kind: 'delegate', ...of, child };
}

function inputsOf(value: Json): Readonly<Record<string, Json>> {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);

  return isMap ? (value as Readonly<Record<string, Json>>) : { item: value };
}

/** A run that is only started is waited for no longer. */
function followed(run: Run, { task, attempt, child }: EffectOf<'follow'>): Command | undefined {
  const place = run.chart.plan.get(localId(task))?.task;
  if (place?.type !== 'SUB_WORKFLOW' || place.wait) return undefined;

  return { kind: 'endChild', task, attempt, run: child, status: 'STARTED', output: { run_id: child } };
}

function notified(run: Run): Command {
  const { failureWorkflow } = run.chart.definition;

  return {
    kind: 'noteFailureWorkflow',
    run: childRun(run.state.run, 'failure workflow', run.sequence),
    definition: otherDefinition(failureWorkflow?.id ?? ''),
  };
}
