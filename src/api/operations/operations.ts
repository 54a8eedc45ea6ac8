import { agentOperations } from './agents.ts';
import { approvalOperations } from './approvals.ts';
import { bundleOperations, definitionOperations } from './definitions.ts';
import { eventOperations } from './events.ts';
import { galleryOperations } from './gallery.ts';
import { goalOperations } from './goals.ts';
import { failureOperations, insightOperations } from './insights.ts';
import { historyOperations } from './run-parts.ts';
import { runOperations } from './runs.ts';
import { erasureOperations, retentionOperations, serverOperations } from './server.ts';
import { triggerOperations } from './triggers.ts';
import { worksetOperations } from './worksets.ts';

/** All that can be asked of the product, by noun and verb. */
export const operations = {
  agents: agentOperations,
  approvals: approvalOperations,
  bundles: bundleOperations,
  definitions: definitionOperations,
  erasures: erasureOperations,
  events: eventOperations,
  failures: failureOperations,
  gallery: galleryOperations,
  goals: goalOperations,
  history: historyOperations,
  insights: insightOperations,
  retention: retentionOperations,
  runs: runOperations,
  server: serverOperations,
  triggers: triggerOperations,
  worksets: worksetOperations,
} as const;

export type Operations = typeof operations;
export type Noun = keyof Operations;
