import { isReservedName, reservedNamesText } from '../../machines/agents/declared-agent.ts';
import type { Refusal } from '../../machines/run/decide/command.ts';

const lengthMax = 200;

/** Why nobody can give commands by this name: it goes into the subject of a request, and some names are ours. */
export function refusedName(actor: string): Refusal | undefined {
  if (!isReservedName(actor) && actor !== '' && actor.length <= lengthMax) return undefined;
  const rule = `a name has 1 to ${lengthMax} characters; ${reservedNamesText}`;

  return {
    code: 'authority.name',
    message: `nobody can give commands as ${JSON.stringify(actor.slice(0, lengthMax))}: ${rule}`,
  };
}
