import type { TaskPlace } from '../chart/plan.ts';
import type { RunState } from '../chart/run/run-state.ts';
import { localId, taskAt } from '../chart/task-at.ts';
import type { Definition } from '../definition.ts';
import type { Command } from '../run/decide/command.ts';
import { higherStratos, stratosOf } from '../stratos.ts';
import { askedNow, type Deed, excludedFrom } from './authority.ts';

/** The domain of a definition: its label `domain`, or else `department`; undefined for one with neither. */
export function domainOf({ labels }: Pick<Definition, 'labels'>): string | undefined {
  return labels['domain'] ?? labels['department'];
}

/** Starting a run of the definition. */
export function starting(definition: Labelled): Deed {
  const stratos = stratosOf(definition);

  return {
    kind: 'start',
    definition: definition.id,
    domain: domainOf(definition),
    ...(stratos === undefined ? {} : { stratos }),
  };
}

type Labelled = Pick<Definition, 'id' | 'labels'>;

/** Registering the definition; `before` is the latest that is registered of its id. */
export function defining(definition: Labelled, before?: Labelled | undefined): Deed {
  const stratos = higherStratos(stratosOf(definition), before === undefined ? undefined : stratosOf(before));

  return { kind: 'define', definition: definition.id, ...(stratos === undefined ? {} : { stratos }) };
}

const doing = {
  pauseRun: 'pausing a run',
  resumeRun: 'resuming a run',
  terminateRun: 'terminating a run',
  cancelRun: 'cancelling a run',
  retryRun: 'retrying a run',
  rerun: 'running a run again',
  skipTask: 'skipping a task',
  resolveTask: 'giving a task its result',
  assignTask: 'giving a task to an agent',
  dropDeadLetter: 'dropping a dead letter',
} as const;

/** What a command that changes a run does, in words. */
export function controlling({ kind }: { readonly kind: keyof typeof doing }): Deed {
  return { kind: 'control', what: doing[kind] };
}

/** Moving an agent to another team, or back. */
export function movingAgent(agent: string): Deed {
  return { kind: 'control', what: `moving ${agent} to another team` };
}

/** Pausing, resuming or making up for the times of a trigger. */
export function controllingTrigger(doing: 'pausing' | 'resuming' | 'backfilling', trigger: string): Deed {
  return { kind: 'control', what: `${doing} ${trigger}` };
}

/** A command that somebody gives to a run that exists. */
type Given = Extract<Command, { readonly kind: keyof typeof doing | 'signal' | Answering['kind'] }>;

type Answering = Extract<
  Command,
  { readonly kind: 'approve' | 'reject' | 'requestChange' | 'delegateApproval' }
>;

/** Whether it depends on the run who may give the command. */
export function answersApproval(command: Command): command is Answering {
  return answering.has(command.kind);
}

const answering: ReadonlySet<string> = new Set<Answering['kind']>([
  'approve',
  'reject',
  'requestChange',
  'delegateApproval',
]);

/**
 * What a command does, as far as who may give it depends on it; `run` is looked at for answers to approvals only.
 * Undefined where it is the run that says what is wrong: such a task asks nobody.
 */
export function commandDeed(command: Given, run: Asked | undefined): Deed | undefined {
  if (command.kind === 'signal') return { kind: 'signal', name: command.name };
  if (!answersApproval(command)) return controlling(command);
  const task = run?.plan.get(localId(command.task))?.task;
  const known = run === undefined ? undefined : taskAt(run.state, command.task);
  if (task?.type !== 'HUMAN' || run === undefined || known === undefined) return undefined;
  const to = command.kind === 'delegateApproval' ? command.to : undefined;

  return {
    kind: 'approve',
    task: command.task,
    asked: askedNow(task, known, excludedFrom(run.state, command.task, task)),
    to,
  };
}

/** A run as far as it says who is asked. */
type Asked = { readonly plan: ReadonlyMap<string, TaskPlace>; readonly state: RunState };
