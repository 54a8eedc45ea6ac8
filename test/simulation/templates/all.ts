import { agentTemplates } from './agents.ts';
import { flatTemplates } from './flat.ts';
import { leavingTemplates } from './leaving.ts';
import { relatedTemplates } from './related.ts';
import type { Template } from './template.ts';

const everyday: readonly Template[] = [...flatTemplates, ...relatedTemplates, ...agentTemplates];
export const templates: readonly Template[] = [...everyday, ...leavingTemplates];

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
export const drawn: readonly Template[] = everyday.flatMap((each) =>
  costly.has(each.name) ? [each] : [each, each],
);

/** So much more often: fewer worlds have them. */
const leavingShare = 9;

/** The same where runs leave the journal. */
export const drawnWhereRunsLeave: readonly Template[] = [
  ...drawn,
  ...leavingTemplates.flatMap((each) => Array.from({ length: leavingShare }, () => each)),
];
