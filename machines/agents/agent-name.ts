import { didYouMean } from '../language/suggest.ts';

/** Subjects and queues are called after agents, and servers take no names of any length. */
const charsMax = 200;

/** What is wrong with a name that is none for an agent. */
export const agentNameRule = `at most ${charsMax} characters, of which all but A-Z, a-z, 0-9, _ and - count as three for each of their bytes`;

/** Whether queues can be called so: a letter, digit, `_` or `-` takes one character there, any other byte three. */
export function isAgentName(name: string): boolean {
  const bytes = new TextEncoder().encode(name).length;
  const plain = name.match(/[A-Za-z0-9_-]/g)?.length ?? 0;

  return plain + 3 * (bytes - plain) <= charsMax;
}

/** The refusal of a name that is neither declared nor heard of, which is most likely a slip of the pen. */
export function unknownAgent(
  name: string,
  known: readonly string[],
): { readonly code: string; readonly message: string } {
  const meant = didYouMean(name, known);

  return {
    code: 'agent.unknown',
    message: `no agent ${JSON.stringify(name)} is declared in agents.yaml, and no worker of it was heard of${meant}`,
  };
}
