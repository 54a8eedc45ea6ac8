import { memberText } from '../../../machines/feature-gates.ts';
import { isMemberKey } from '../../engine/cluster/lease-board.ts';
import type { Holder, Leases } from '../../ports/runs/leases.ts';
import { isDeadHere } from '../holder.ts';

/** Where an engine takes its share of the runs, and what it is called there. */
export type EnginePlace = {
  readonly stream: {
    readonly namespace: string;
    readonly leases: Pick<Leases, 'holders' | 'watch'>;
  };
  readonly server: { readonly url: string };
  readonly engine: { readonly holder: Pick<Holder, 'node'> };
};

/** An engine that goes by what is published works here. The reaction: end it, or edit in another namespace. */
class DevBesideEngine extends Error {
  override readonly name = 'DevBesideEngine';
  readonly code = 'dev.beside-engine';

  constructor(place: EnginePlace, other: Holder) {
    const who = other.goesByDrafts === true ? 'another workflow dev' : 'an engine';
    super(
      `${who} works ${placeText(place, other)}, where drafts must not be started in place of what is published; ` +
        'end it first, or use another namespace: WORKFLOW_NAMESPACE=<name> workflow dev',
    );
  }
}

/** Somebody edits here, and an id may mean a draft. The reaction: end `workflow dev`, or serve another namespace. */
class EngineBesideDev extends Error {
  override readonly name = 'EngineBesideDev';
  readonly code = 'engine.beside-dev';

  constructor(place: EnginePlace, other: Holder) {
    super(
      `workflow dev works ${placeText(place, other)}, and starts drafts in place of what is published; end it with ` +
        'Ctrl-C first, or use another namespace: WORKFLOW_NAMESPACE=<name>',
    );
  }
}

function placeText({ stream: { namespace }, server: { url } }: EnginePlace, other: Holder): string {
  return `in namespace "${namespace}" of ${url} (${memberText(other)}, process ${other.pid})`;
}

/** Rejects with EngineBesideDev where somebody edits in this namespace. */
export async function refuseBesideDev(place: EnginePlace): Promise<void> {
  const dev = (await livingMembers(place)).find(({ goesByDrafts }) => goesByDrafts === true);
  if (dev !== undefined) throw new EngineBesideDev(place, dev);
}

/** Rejects with DevBesideEngine where any other engine shares the runs of this namespace. */
export async function refuseBesideEngines(place: EnginePlace): Promise<void> {
  const [other] = await livingMembers(place);
  if (other !== undefined) throw new DevBesideEngine(place, other);
}

/** Resolves with DevBesideEngine once another engine comes, such as one that came up at the same moment. */
export function engineBeside(place: EnginePlace, signal: AbortSignal): Promise<Error> {
  const { leases } = place.stream;

  return new Promise((resolve) => {
    const onChange = (key: string, holder: Holder | undefined): void => {
      if (holder !== undefined && isLivingMember(place, key, holder))
        resolve(new DevBesideEngine(place, holder));
    };
    // What cannot be watched now was looked at before.
    leases.watch(onChange, signal).catch(() => undefined);
  });
}

async function livingMembers(place: EnginePlace): Promise<readonly Holder[]> {
  const holders = await place.stream.leases.holders();

  return [...holders].flatMap(([key, holder]) => (isLivingMember(place, key, holder) ? [holder] : []));
}

/** A session of `workflow start` holds the shards of its runs alone: it shares nothing, and may work beside. */
function isLivingMember({ engine }: EnginePlace, key: string, holder: Holder): boolean {
  return isMemberKey(key) && holder.node !== engine.holder.node && !isDeadHere(holder);
}
