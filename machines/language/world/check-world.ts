import type { Finding } from '../finding.ts';
import type { Outline } from '../outline.ts';
import { checkChildren } from './children.ts';
import { checkErrorCodes } from './error-codes.ts';
import { checkEventLoops } from './event-loops.ts';
import { checkActions, checkAgents, checkApprovers, checkPrograms, checkSecrets } from './names.ts';
import { checkRouting } from './routing.ts';
import { checkTimes } from './times.ts';
import type { World } from './world.ts';

/** All that is wrong with a definition in its world, and with the order of what it does. */
export function checkWorld(outline: Outline, world: World): readonly Finding[] {
  return [
    ...checkActions(outline, world),
    ...checkAgents(outline, world),
    ...checkApprovers(outline, world),
    ...checkSecrets(outline, world),
    ...checkPrograms(outline, world),
    ...checkChildren(outline, world),
    ...checkErrorCodes(outline, world),
    ...checkRouting(outline),
    ...checkTimes(outline),
    ...checkEventLoops(outline, world),
  ];
}
