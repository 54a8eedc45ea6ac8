import type { DefinitionTemplate } from '../../api/definitions.ts';

/** What is told of a template, in the order in which it is read; what it has nothing of is left out. */
export function templateFacts(template: DefinitionTemplate): readonly (readonly [string, string])[] {
  const { labels, tasks, agents, triggers, needs, fields, tests } = template;
  const facts: readonly (readonly [string, string])[] = [
    ['Department', labels['department'] ?? ''],
    ['Tasks', String(tasks)],
    ['Asks for', fields.map(({ name, required }) => (required ? `${name} (required)` : name)).join(', ')],
    ['Agents', agents.join(', ')],
    ['Skills', needs.skills.join(', ')],
    ['Secrets', needs.secrets.join(', ')],
    ['Programs', needs.programs.join(', ')],
    ['Definitions', needs.workflows.join(', ')],
    ['Started by', triggers.length === 0 ? 'hand' : triggers.join(', ')],
    ['Tests', tests === 0 ? 'none written' : `${tests} ${tests === 1 ? 'case' : 'cases'}`],
  ];

  return facts.filter(([, value]) => value !== '');
}
