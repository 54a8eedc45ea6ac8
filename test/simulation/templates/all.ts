import { agentTemplates } from './agents.ts';
import { flatTemplates } from './flat.ts';
import { relatedTemplates } from './related.ts';
import type { Template } from './template.ts';

export const templates: readonly Template[] = [...flatTemplates, ...relatedTemplates, ...agentTemplates];

/** What takes two to three times as long as the others, measured over 60 seeds of each. */
const costly: ReadonlySet<string> = new Set([
  'agents',
  'children',
  'crowd',
  'forks',
  'latecomers',
  'loops',
  'many-children',
  'poison',
  'skills',
  'undone',
]);

/** To be drawn from: the same time goes into each kind, so that many seeds fit into it. */
export const drawn: readonly Template[] = templates.flatMap((each) =>
  costly.has(each.name) ? [each] : [each, each],
);
