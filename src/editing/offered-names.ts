import type { ProjectNames } from '../api/vocabulary.ts';
import type { YamlPlace } from './yaml-place.ts';

/** The names that the keys of a definition may hold: those of its project, and those of its own tasks. */
export type EditorNames = ProjectNames & { readonly tasks: ProjectNames['actions'] };

/** By the key whose value is one, or a list of them. */
const namedBy: Readonly<Record<string, keyof EditorNames>> = {
  uses: 'actions',
  assigned_to: 'agents',
  requires: 'skills',
  workflow: 'definitions',
  failure_workflow: 'definitions',
  shell: 'shells',
  model: 'models',
  names: 'people',
  escalate_to: 'people',
  depends_on: 'tasks',
  join_on: 'tasks',
  parallel_with: 'tasks',
  fallback: 'tasks',
  compensate: 'tasks',
  default: 'tasks',
  next: 'tasks',
  next_tasks: 'tasks',
  on_change: 'tasks',
  exclude: 'tasks',
};

/** The names that the value at a place may be. A task is not offered to itself. */
export function offeredNames({ path, beside, key }: YamlPlace, names: EditorNames): EditorNames['tasks'] {
  // In a list a key further out says what its entries are.
  const named = key === undefined || key === '' ? path.findLast((part) => part !== '[]') : key;
  const isEntry = key === undefined && path.at(-1) === '[]';
  if (key === undefined && !isEntry) return [];
  // The value of an input or a label may be anything, whatever it is called.
  if (path.some((part) => part === 'properties' || part === 'labels' || part === 'input')) return [];
  const of = namedBy[named ?? ''];
  if (of === undefined) return [];

  return names[of].filter(({ name }) => of !== 'tasks' || name !== beside.get('id'));
}
