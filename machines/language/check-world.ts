import type { Finding } from './finding.ts';
import type { Outline } from './outline.ts';
import { checkActions } from './world/actions.ts';
import { checkChildren } from './world/children.ts';
import { checkErrorCodes } from './world/error-codes.ts';
import { checkEventLoops } from './world/event-loops.ts';
import { checkModels } from './world/models.ts';
import { checkAgents, checkApprovers, checkPrograms, checkSecrets } from './world/names.ts';
import { checkRouting } from './world/routing.ts';
import { checkSkillResults } from './world/skill-results.ts';
import { checkTimes } from './world/times.ts';
import type { KnownWorld } from './world/world.ts';

/** All that is wrong with a definition in its world, and with the order of what it does. */
export function checkWorld(outline: Outline, world: KnownWorld): readonly Finding[] {
  return [
    ...checkActions(outline, world),
    ...checkAgents(outline, world),
    ...checkApprovers(outline, world),
    ...checkSecrets(outline, world),
    ...checkPrograms(outline, world),
    ...checkChildren(outline, world),
    ...checkSkillResults(outline, world),
    ...checkModels(outline, world),
    ...checkErrorCodes(outline, world),
    ...checkRouting(outline),
    ...checkTimes(outline),
    ...checkEventLoops(outline, world),
  ];
}
