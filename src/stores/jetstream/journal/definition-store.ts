import type { DefinitionRef } from '../../../../events/run-events.ts';
import { mapAtOnce } from '../../../lib/limit.ts';
import {
  type DefinitionStore,
  DefinitionTaken,
  DefinitionUnreadable,
  type StoredDefinition,
} from '../../../ports/definitions/definition-store.ts';
import { patiently } from '../connection/retry.ts';
import { subjectsIn } from '../connection/streams.ts';
import { copyOldBucket } from './definition-copy.ts';
import {
  createDefinitionRecords,
  DEFINITION_HASH,
  DEFINITION_ID,
  type DefinitionRecords,
  type DefinitionSource,
  textBody,
  textRecord,
  versionBody,
  versionRecord,
} from './definition-records.ts';
import { followUntilTold, type Told, tail } from './tail-session.ts';

/** How many versions stay in memory, and how many are read at a time. */
const keptMax = 1_000;
const readsMax = 20;

type Store = DefinitionSource & {
  readonly records: DefinitionRecords;
  /** Versions that were read, by their subjects: they never change. */
  readonly kept: Map<string, StoredDefinition>;
};

/**
 * Definitions as records of the journal: `text.<hash>` holds a text, `version.<id>.<version>` says which text a version
 * is, who published it, when and why.
 */
export function createJetStreamDefinitionStore(source: DefinitionSource): DefinitionStore {
  const store = { ...source, records: createDefinitionRecords(source), kept: new Map() };

  return {
    register: (definition) => register(store, definition),
    keepDraft: (definition) => keepText(store, definition),
    byHash: (hash) => byHash(store, hash),
    byId: async (id, version) => {
      if (!DEFINITION_ID.test(id)) return undefined;
      const chosen = version ?? (await highestVersion(store, id));

      return chosen === undefined ? undefined : byVersion(store, id, chosen);
    },
    list: async () => {
      const found = await mapAtOnce(await versionsOf(store, '*'), readsMax, ({ id, version }) =>
        byVersion(store, id, version),
      );

      return found.filter((each) => each !== undefined);
    },
    watch: async (onRegistered, signal) => {
      await followUntilTold('which definitions there are', signal, (told) =>
        follow(store, onRegistered, told),
      );
    },
  };
}

async function register(store: Store, definition: StoredDefinition): Promise<void> {
  const { names, records } = store;
  const { ref } = definition;
  refuseUnnamed(ref);
  const record = versionRecord(names, ref.id, ref.version);
  const { value: known } = await records.first(record);
  if (known !== undefined && known.ref.hash !== ref.hash) throw new DefinitionTaken(ref, known.ref.hash);
  // The text first: a version never points to a text that is not there. It is looked for even if the version is known.
  await keepText(store, definition);
  const { ref: winner } = known ?? (await records.put(record, versionBody(definition)));
  // Another process may have been first, with another text.
  if (winner.hash !== ref.hash) throw new DefinitionTaken(ref, winner.hash);
}

async function keepText({ names, records }: Store, definition: StoredDefinition): Promise<void> {
  refuseUnnamed(definition.ref);
  await records.put(textRecord(names, definition.ref.hash), textBody(definition));
}

/** What would make another subject. */
function refuseUnnamed({ id, hash }: DefinitionRef): void {
  if (!DEFINITION_ID.test(id)) throw new RangeError(`${JSON.stringify(id)} is not the id of a definition`);
  if (!DEFINITION_HASH.test(hash)) throw new RangeError(`${JSON.stringify(hash)} is not a SHA-256 hash`);
}

async function byHash(store: Store, hash: string): Promise<StoredDefinition | undefined> {
  if (!DEFINITION_HASH.test(hash)) return undefined;
  // An engine of 0.1.0 that is still up may have put it into the bucket just now.
  const found = (await textOf(store, hash)) ?? ((await copyOldBucket(store)) && (await textOf(store, hash)));
  if (!found) return undefined;
  const { id, version } = found.ref;
  const { value } = await store.records.first(versionRecord(store.names, id, version));

  return value?.ref.hash === hash ? { ...value, text: found.text } : found;
}

async function textOf({ names, records }: Store, hash: string): Promise<StoredDefinition | undefined> {
  const record = textRecord(names, hash);
  const { value, position } = await records.first(record);
  if (value === undefined && position > 0) throw new DefinitionUnreadable(record.subject);

  return value;
}

async function byVersion(store: Store, id: string, version: number): Promise<StoredDefinition | undefined> {
  const { names, records, kept } = store;
  const record = versionRecord(names, id, version);
  const known = kept.get(record.subject);
  if (known !== undefined) return known;
  const { value } = await records.first(record);
  const found = value === undefined ? undefined : await textOf(store, value.ref.hash);
  if (value === undefined || found === undefined) return undefined;
  const whole = { ...value, text: found.text };
  kept.set(record.subject, whole);
  const [oldest] = kept.keys();
  if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest);

  return whole;
}

/** What somebody else put under a higher number is passed over. */
async function highestVersion(store: Store, id: string): Promise<number | undefined> {
  const versions = (await versionsOf(store, id)).map(({ version }) => version);
  for (const version of versions.sort((a, b) => b - a)) {
    const { value } = await store.records.first(versionRecord(store.names, id, version));
    if (value !== undefined) return version;
  }

  return undefined;
}

type Version = { readonly id: string; readonly version: number };

/** The versions of one definition, or of all with `*`. */
async function versionsOf({ link, names }: Store, id: string): Promise<readonly Version[]> {
  const subjects = await patiently(link, () =>
    subjectsIn(link, names.journalStream, names.versionSubject(id)),
  );

  return subjects.map(versionIn).filter(({ version }) => Number.isSafeInteger(version));
}

function versionIn(subject: string): Version {
  const [id = '', version] = subject.split('.').slice(-2);

  return { id, version: Number(version) };
}

async function follow(
  { link, names, records }: Store,
  onRegistered: (ref: DefinitionRef) => void,
  { onCaughtUp, signal }: Told,
): Promise<void> {
  const place = { stream: names.journalStream, filter: names.versionSubject('*') };
  // A journal that is missing comes back with whoever restores it: here it is only waited for.
  const restore = async () => undefined;
  const options = { ...place, from: { kind: 'last-of-each' }, current: true, restore } as const;
  for await (const item of tail(link, { ...options, givesUp: false, signal })) {
    if (item.kind === 'message') {
      const { id, version } = versionIn(item.message.subject);
      const { value } = await records.first(versionRecord(names, id, version));
      if (value !== undefined && !signal.aborted) onRegistered(value.ref);
    }
    if (item.kind === 'caught-up') onCaughtUp();
  }
}
