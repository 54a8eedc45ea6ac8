import type { Definition } from '../../../machines/definition.ts';
import { type Task, taskTypes } from '../../../machines/task.ts';
import type { Template } from '../../../machines/template-source.ts';
import { triggerId } from '../../../machines/triggers/compiled-trigger.ts';
import { valueText } from '../../lib/text.ts';
import type { TemplatePermissions } from '../../ports/definitions/gallery.ts';
import { agentsOf, needsOf } from './definition-row.ts';

/** What definitions may do, each thing once. Everything that looks like a task counts, wherever it stands. */
export function templatePermissions(definitions: readonly Definition[]): TemplatePermissions {
  const needs = definitions.map(needsOf);
  const tasks = definitions.flatMap((definition) => [
    ...tasksIn(definition.tasks),
    ...tasksIn(definition.failureWorkflow),
  ]);
  const own = new Set(definitions.map(({ id }) => id));
  const called = tasks.flatMap(callsOf);
  const failure = definitions.flatMap(({ failureWorkflow: way }) => (way?.kind === 'named' ? [way.id] : []));

  return {
    commands: once(tasks.flatMap(commandOf)),
    hosts: once(tasks.flatMap(hostOf)),
    files: once([...tasks.flatMap(filesOf), ...definitions.flatMap(logAndDropsOf)]),
    actions: once(tasks.flatMap(({ performer }) => (performer.kind === 'uses' ? [performer.action] : []))),
    workflows: once([...called, ...failure]).filter((id) => !own.has(id)),
    stations: once(tasks.flatMap(stationOf)),
    events: once(tasks.flatMap((task) => (task.type === 'EVENT' ? [task.event.type] : []))),
    triggers: once(definitions.flatMap(triggersOf)),
    secrets: once(needs.flatMap(({ secrets }) => secrets)),
    agents: once([...definitions.flatMap(agentsOf), ...tasks.flatMap(agentOf)]),
    skills: once([...needs.flatMap(({ skills }) => skills), ...tasks.flatMap(skillsOf)]),
  };
}

/**
 * Tasks are looked for in all that a definition holds, not only where they are played from: what is taken for one and
 * is none asks for a permission too many, and what is overlooked would ask for one too few.
 */
export function tasksIn(value: unknown): readonly Task[] {
  if (Array.isArray(value)) return value.flatMap(tasksIn);
  if (typeof value !== 'object' || value === null) return [];
  const inside = Object.values(value).flatMap(tasksIn);

  return isTask(value) ? [value, ...inside] : inside;
}

function isTask(value: object): value is Task {
  const { type, performer } = value as { readonly type?: unknown; readonly performer?: unknown };

  return taskTypes.some((each) => each === type) && typeof performer === 'object' && performer !== null;
}

function commandOf({ type, performer }: Task): readonly string[] {
  if (type !== 'SIMPLE' || performer.kind !== 'run') return [];
  const { command, shell, env, stdin, cwd } = performer.run;
  const words = [
    ...Object.entries(env).map(([name, value]) => `${name}=${written(value)}`),
    ...command.map(written),
    ...(stdin === undefined ? [] : [`< ${written(stdin)}`]),
    ...(cwd === undefined ? [] : [`in ${written(cwd)}`]),
  ].join(' ');

  return [shell === undefined ? words : `${shell}: ${words}`];
}

export function written(value: Template): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The host of an address as far as it is written; one that is computed is shown whole. */
function hostOf(task: Task): readonly string[] {
  if (task.type !== 'HTTP') return [];
  const { url } = task.request;
  const text = typeof url === 'string' ? url : JSON.stringify(url);
  const [, origin] = /^(https?:\/\/[^/?#$@\\]+)(?:[/?#]|$)/i.exec(text) ?? [];

  return [origin ?? `any host (${text})`];
}

const ofFiles = /^(files|folders|policy|report|receipt|compliance)\./;

function filesOf({ input, outputTo, performer }: Task): readonly string[] {
  const action = performer.kind === 'uses' && ofFiles.test(performer.action) ? performer.action : undefined;

  return [
    ...(action === undefined ? [] : [`${action} ${valueText(input ?? {})}`]),
    ...(outputTo === undefined ? [] : [`writes ${outputTo}`]),
  ];
}

export function logAndDropsOf({ monitoring, triggers }: Definition): readonly string[] {
  return [
    ...(monitoring?.logTo === undefined ? [] : [`writes ${monitoring.logTo}`]),
    ...triggers.flatMap((trigger) => (trigger.kind === 'file' ? [`watches ${trigger.glob}`] : [])),
  ];
}

function triggersOf(definition: Definition): readonly string[] {
  return definition.triggers.map((trigger) => {
    const what = trigger.kind === 'cron' ? trigger.cron : trigger.kind === 'file' ? trigger.glob : trigger.on;

    return `${triggerId(definition, trigger)} (${trigger.kind} ${what})`;
  });
}

/** Names that are computed are shown as they are written. */
function callsOf(task: Task): readonly string[] {
  if (task.type === 'SUB_WORKFLOW') return task.station === undefined ? [task.workflow] : [];

  return task.type === 'FORK' && task.body !== undefined && 'workflow' in task.body
    ? [task.body.workflow]
    : [];
}

/** What another station is asked to do is never the template's own: its definitions are those of that station. */
function stationOf(task: Task): readonly string[] {
  if (task.type !== 'SUB_WORKFLOW' || task.station === undefined) return [];
  const { station, workflow, sent } = task;

  return [`${station}: ${sent === undefined ? workflow : `the task ${JSON.stringify(sent)}`}`];
}

function agentOf({ type, performer }: Task): readonly string[] {
  return type === 'SIMPLE' && performer.kind === 'agent' ? [performer.agent] : [];
}

function skillsOf({ type, performer }: Task): readonly string[] {
  return type === 'SIMPLE' && performer.kind === 'skills' ? performer.skills : [];
}

function once(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
