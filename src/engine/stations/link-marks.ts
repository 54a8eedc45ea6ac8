import type { Json } from '../../../events/canonical-json.ts';
import type { MarkStore } from '../../ports/mark-store.ts';
import type { StationLink } from '../../ports/runs/stations.ts';

const first = 'station-link';

/** Keeps how a link was found to be, for those who only look on. What is newer counts. */
export async function noteLink(
  marks: Pick<MarkStore, 'read' | 'write'>,
  station: string,
  link: StationLink,
): Promise<void> {
  const key = `${first}/${station}`;
  const kept = await marks.read(key);
  if (kept !== undefined && linkIn(kept.value).since >= link.since) return;
  await marks.write(key, link as Json, kept?.revision ?? 0);
}

/** How the links were found to be last, by station. */
export async function linksNoted(marks: Pick<MarkStore, 'all'>): Promise<ReadonlyMap<string, StationLink>> {
  const kept = await marks.all(first);

  return new Map([...kept].map(([key, { value }]) => [key.slice(first.length + 1), linkIn(value)]));
}

function linkIn(value: Json): StationLink {
  return value as StationLink;
}
