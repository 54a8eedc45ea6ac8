import type { DefinitionRef } from '../../events/run-events.ts';
import { domainOf } from '../../machines/agents/actions.ts';
import { onceAtATime } from '../lib/once.ts';
import { knownDefinition } from '../operations/definitions/known-definition.ts';
import type { Board } from '../ports/runs/board.ts';
import type { Workflows } from '../ports/runs/workflows.ts';

/** Which domain every run of the board is of. A run whose definition was not read yet, or cannot be, is of none. */
export type DefinitionDomains = {
  /** By the hash of a definition that was read; undefined also for one that was not. */
  readonly of: (hash: string) => string | undefined;
  /** The domain of a registered definition, read now where it was not yet. */
  readonly read: (ref: DefinitionRef) => Promise<string | undefined>;
  /** Resolves when the definitions of all runs on the board were read, as far as they can be. */
  readonly settle: () => Promise<void>;
  /** The position of the board up to which the definitions of all runs were read. */
  readonly position: () => number;
  /** Grows with every definition that was read. */
  readonly count: () => number;
  /** The hashes of the definitions of a domain that were read. */
  readonly hashesOf: (domain: string) => readonly string[];
};

/** Definitions that come while others are read are read, too; one that cannot be is left for the next request. */
const roundsMax = 3;

/** A version never changes, so each is read once; nothing is read before somebody asks. */
export function createDefinitionDomains(
  board: Board,
  workflows: Pick<Workflows, 'definitionOf'>,
): DefinitionDomains {
  const known = new Map<string, string | undefined>();
  const unread = new Map<string, DefinitionRef>();
  let heldFrom: number | undefined;
  let isFollowing = false;

  const note = (definition: DefinitionRef): boolean => {
    if (known.has(definition.hash)) return false;
    unread.set(definition.hash, definition);

    return true;
  };
  const follow = async (): Promise<void> => {
    if (isFollowing) return;
    isFollowing = true;
    board.onLanded(({ line, position }) => {
      if (note(line.head.definition)) heldFrom ??= position;
    });
    for (const { definition } of await board.counts()) note(definition);
  };
  const read = async (ref: DefinitionRef): Promise<string | undefined> => {
    if (known.has(ref.hash)) return known.get(ref.hash);
    const loaded = await knownDefinition(workflows, ref);
    // It may only be late: what is not there is looked for again.
    if (loaded === undefined) return undefined;
    known.set(ref.hash, domainOf(loaded.definition));
    unread.delete(ref.hash);

    return known.get(ref.hash);
  };
  const settle = onceAtATime(async () => {
    await board.ready;
    await follow();
    for (let round = 0; round < roundsMax && unread.size > 0; round++) {
      // A definition that cannot be read keeps its runs hidden, and nothing else.
      await Promise.all([...unread.values()].map((ref) => read(ref).catch(() => undefined)));
    }
    heldFrom = undefined;
  });

  return {
    of: (hash) => known.get(hash),
    read,
    settle,
    position: () => Math.min(board.position(), (heldFrom ?? Number.POSITIVE_INFINITY) - 1),
    count: () => known.size,
    hashesOf: (domain) => [...known].flatMap(([hash, of]) => (of === domain ? [hash] : [])),
  };
}
