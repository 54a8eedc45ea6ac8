import { z } from 'zod';
import { Bundle, bundleHash, bundleText } from '../../../../machines/bundle.ts';
import { sha256Hex } from '../../../../machines/hash.ts';
import type { BundleStore, PublishedBundle } from '../../../ports/definitions/bundle-store.ts';
import { JournalUnavailable } from '../../../ports/runs/journal.ts';
import {
  createDefinitionRecords,
  DEFINITION_HASH,
  type DefinitionRecords,
  type DefinitionSource,
} from './definition-records.ts';
import { readMessage } from './journal-read.ts';
import { followUntilTold, type Told, tail } from './tail-session.ts';

const Published = z.object({
  hash: z.string(),
  by: z.string(),
  at: z.string(),
  reason: z.string().optional(),
  without: z.array(z.string()),
});

type Store = DefinitionSource & {
  readonly records: DefinitionRecords;
  /** Bundles that were read: they never change. */
  readonly bundles: Map<string, Bundle>;
};

const keptMax = 20;
/** With each conflict somebody else has published another one. */
const conflictsMax = 20;

/**
 * Bundles as records of the journal, beside definitions: `bundle.<hash>` and `file.<digest>` hold what never changes,
 * and each record of `current` says that a bundle became the current one. The last readable one counts.
 */
export function createJetStreamBundleStore(source: DefinitionSource): BundleStore {
  const records = createDefinitionRecords(source);
  const store: Store = { ...source, records, bundles: new Map() };
  const { names } = source;

  return {
    keep: async (bundle, texts) => {
      // The bundle last: one that is found is whole.
      for (const [sha256, text] of texts) await records.put(fileRecord(store, sha256), text);
      await records.put(bundleRecord(store, bundleHash(bundle)), bundleText(bundle));
    },
    find: (hash) => find(store, hash),
    text: async (sha256) =>
      DEFINITION_HASH.test(sha256) ? (await records.first(fileRecord(store, sha256))).value : undefined,
    publish: (published) => publish(store, published),
    current: async () => {
      const last = await records.stream.last(names.currentBundleSubject);

      return last === undefined ? undefined : (readPublished(last.body) ?? (await history(store)).at(-1));
    },
    history: () => history(store),
    watch: async (onCurrent, signal) => {
      await followUntilTold('which bundle is current', signal, (told) => follow(store, onCurrent, told));
    },
  };
}

function bundleRecord({ names }: Store, hash: string) {
  return {
    subject: names.bundleSubject(hash),
    read: (body: string) => (sha256Hex(body) === hash ? readMessage(Bundle, body) : undefined),
  };
}

function fileRecord({ names }: Store, sha256: string) {
  return {
    subject: names.fileSubject(sha256),
    read: (body: string) => (sha256Hex(body) === sha256 ? body : undefined),
  };
}

async function find(store: Store, hash: string): Promise<Bundle | undefined> {
  const { bundles, records } = store;
  const known = bundles.get(hash);
  if (known !== undefined || !DEFINITION_HASH.test(hash)) return known;
  const { value } = await records.first(bundleRecord(store, hash));
  if (value !== undefined) bundles.set(hash, value);
  const [oldest] = bundles.keys();
  if (bundles.size > keptMax && oldest !== undefined) bundles.delete(oldest);

  return value;
}

/** A record whose answer is lost may be there: it is not written twice. */
async function publish({ names, records }: Store, published: PublishedBundle): Promise<void> {
  const subject = names.currentBundleSubject;
  const body = JSON.stringify(published);
  for (let conflict = 0; conflict < conflictsMax; conflict++) {
    const last = await records.stream.last(subject);
    if (last?.body === body) return;
    if ((await records.stream.store({ subject, body, after: last?.seq ?? 0 })) !== undefined) return;
  }

  throw new JournalUnavailable(`${conflictsMax} others published a bundle at the same time; try again`);
}

async function history({ names, records }: Store): Promise<readonly PublishedBundle[]> {
  const found: PublishedBundle[] = [];
  for (let seq = 0; ; ) {
    const next = await records.stream.next(names.currentBundleSubject, seq);
    if (next === undefined) return found;
    seq = next.seq;
    found.push(...[readPublished(next.body)].filter((each) => each !== undefined));
  }
}

function readPublished(body: string): PublishedBundle | undefined {
  return readMessage(Published, body);
}

async function follow(
  { link, names }: Store,
  onCurrent: (published: PublishedBundle) => void,
  { onCaughtUp, signal }: Told,
): Promise<void> {
  const place = { stream: names.journalStream, filter: names.currentBundleSubject };
  // A journal that is missing comes back with whoever restores it: here it is only waited for.
  const restore = async () => undefined;
  const options = { ...place, from: { kind: 'last-of-each' }, current: true, restore } as const;
  for await (const item of tail(link, { ...options, givesUp: false, signal })) {
    const published = item.kind === 'message' ? readPublished(item.message.body) : undefined;
    if (published !== undefined && !signal.aborted) onCurrent(published);
    if (item.kind === 'caught-up') onCaughtUp();
  }
}
