import { agentTemplates } from './agents.ts';
import { flatTemplates } from './flat.ts';
import { relatedTemplates } from './related.ts';
import type { Template } from './template.ts';

export const templates: readonly Template[] = [...flatTemplates, ...relatedTemplates, ...agentTemplates];
