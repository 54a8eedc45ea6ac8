import type { Task } from '../task.ts';
import { shown } from './differences.ts';

/** Who or what carries a task out, in words. */
export function workWords(task: Task): string {
  switch (task.type) {
    case 'SIMPLE':
      return performerWords(task.performer);
    case 'HTTP':
      return `the request ${task.request.method} ${shown(task.request.url)}`;
    case 'EVENT':
      return `the event ${task.event.type}`;
    case 'SUB_WORKFLOW':
      return `a run of ${task.workflow}`;
    default:
      return `a ${task.type} task`;
  }
}

function performerWords(performer: Extract<Task, { type: 'SIMPLE' }>['performer']): string {
  switch (performer.kind) {
    case 'run':
      return `the command ${shown(performer.run.command)}`;
    case 'uses':
      return `the action ${performer.action}`;
    case 'agent':
      return `the agent ${performer.agent}`;
    case 'skills':
      return `an agent with the skills ${performer.skills.join(', ')}`;
  }
}
