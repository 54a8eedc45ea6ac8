import type { Json } from '../../../events/canonical-json.ts';
import type { CloudEvent } from '../../../events/cloud-event.ts';
import type { DefinitionRef } from '../../../events/run-events.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import {
  answerFor,
  holdersOf,
  inTheWay,
  lineWith,
  lineWithout,
  type SlotLine,
} from '../../../machines/run/slot-line.ts';
import { isRunId } from '../../../machines/shard.ts';
import { SecretsUnavailable } from '../../../src/ports/access/secret-errors.ts';
import type { RunSecrets } from '../../../src/ports/access/secrets.ts';
import type { SubjectKeys } from '../../../src/ports/access/subject-keys.ts';
import {
  type DefinitionStore,
  DefinitionTaken,
  type StoredDefinition,
} from '../../../src/ports/definitions/definition-store.ts';
import { type EventPublisher, EventsUnavailable } from '../../../src/ports/events/event-publisher.ts';
import { BlobDamaged, type BlobStore, BlobUnavailable } from '../../../src/ports/runs/blob-store.ts';
import { JournalUnavailable } from '../../../src/ports/runs/journal.ts';
import { type Snapshots, SnapshotsUnavailable } from '../../../src/ports/runs/snapshots.ts';
import { type Slots, SlotsUnavailable } from '../../../src/ports/work/slots.ts';
import { createMemoryStores } from '../../support/memory-stores.ts';
import type { Link } from './link.ts';

/** What the servers keep besides the journal and the leases. */
export type Kept = {
  readonly blobs: Map<string, string>;
  readonly lines: Map<string, SlotLine>;
  /** What is known to hold all that it should. */
  readonly complete: Set<'lines'>;
  readonly secrets: Map<string, Readonly<Record<string, Json>>>;
  readonly definitions: StoredDefinition[];
  readonly drafts: StoredDefinition[];
  readonly watchers: Set<(ref: DefinitionRef) => void>;
  readonly published: CloudEvent[];
  readonly snapshots: Map<string, string>;
  /** The keys that values are sealed with. */
  readonly keys: SubjectKeys;
};

export type Stores = {
  readonly blobs: BlobStore;
  readonly slots: Slots;
  readonly runSecrets: RunSecrets;
  readonly definitions: DefinitionStore;
  readonly events: EventPublisher;
  readonly snapshots: Snapshots;
};

export function createKept(): Kept {
  return {
    blobs: new Map(),
    lines: new Map(),
    complete: new Set(),
    secrets: new Map(),
    definitions: [],
    drafts: [],
    watchers: new Set(),
    published: [],
    snapshots: new Map(),
    keys: createMemoryStores().subjectKeys,
  };
}

/** The stores as one process reaches them. */
export function storesOf(link: Link, kept: Kept): Stores {
  return {
    blobs: blobsOf(link, kept),
    slots: slotsOf(link, kept),
    runSecrets: secretsOf(link, kept),
    definitions: definitionsOf(link, kept),
    snapshots: snapshotsOf(link, kept),
    events: {
      publish: (event, { once = true } = {}) =>
        link.askPatiently(
          `publish ${event.id}`,
          () => {
            const isSame = ({ source, id }: CloudEvent) => source === event.source && id === event.id;
            const stored = !once || !kept.published.some(isSame);
            if (stored) kept.published.push(event);

            return { stored };
          },
          (error) => new EventsUnavailable(error.message),
        ),
    },
  };
}

function blobsOf(link: Link, { blobs }: Kept): BlobStore {
  const giveUp = (error: Error) => new BlobUnavailable(error.message);

  return {
    put: async ({ digest, text }) => {
      if (sha256Hex(text) !== digest) throw new BlobDamaged(digest, 'it is not the digest of the text');
      await link.askPatiently(`put blob ${digest.slice(0, 8)}`, () => void blobs.set(digest, text), giveUp);
    },
    get: async (digest) => {
      const text = await link.askPatiently(`get blob ${digest.slice(0, 8)}`, () => blobs.get(digest), giveUp);
      if (text !== undefined && sha256Hex(text) !== digest)
        throw new BlobDamaged(digest, 'what is stored has another digest');

      return text;
    },
  };
}

function slotsOf(link: Link, { lines, complete }: Kept): Slots {
  const giveUp = (error: Error) => new SlotsUnavailable(error.message);
  const lineOf = (key: string): SlotLine => lines.get(key) ?? [];

  return {
    acquire: (key, run, limit) =>
      link.askPatiently(
        `acquire ${key} for ${run}`,
        () => {
          const line = lineWith(lineOf(key), run, limit);
          lines.set(key, line);
          return answerFor(line, run);
        },
        giveUp,
      ),
    release: (key, run) =>
      link.askPatiently(
        `release ${key} of ${run}`,
        () => void lines.set(key, lineWithout(lineOf(key), run)),
        giveUp,
      ),
    inTheWay: (key, run) =>
      link.askPatiently(`in the way of ${run} for ${key}`, () => inTheWay(lineOf(key), run), giveUp),
    holders: (key) => link.askPatiently(`holders of ${key}`, () => holdersOf(lineOf(key)), giveUp),
    isComplete: () =>
      link.askPatiently('whether the lines are complete', () => complete.has('lines'), giveUp),
    markComplete: () => link.askPatiently('the lines are complete', () => void complete.add('lines'), giveUp),
  };
}

/** Asked once: whoever needs a snapshot does without where there is no answer. */
function snapshotsOf(link: Link, { snapshots }: Kept): Snapshots {
  const ask = <T>(what: string, effect: () => T) =>
    link.ask(what, effect).catch((error: unknown) => {
      throw new SnapshotsUnavailable(String(error));
    });

  return {
    library: 'simulated',
    keep: async (run, text) => ask(`keep snapshot of ${checked(run)}`, () => void snapshots.set(run, text)),
    latest: async (run) => ask(`snapshot of ${checked(run)}`, () => snapshots.get(run)),
    drop: async (run) => ask(`drop snapshot of ${checked(run)}`, () => void snapshots.delete(run)),
    dropAll: () => ask('drop all snapshots', () => snapshots.clear()),
  };
}

function secretsOf(link: Link, { secrets }: Kept): RunSecrets {
  const giveUp = (error: Error) => new SecretsUnavailable(error.message);

  return {
    keep: async (run, values) =>
      link.askPatiently(`keep secrets of ${checked(run)}`, () => void secrets.set(run, values), giveUp),
    of: (run) => link.askPatiently(`secrets of ${run}`, () => secrets.get(run) ?? {}, giveUp),
    forget: (run) => link.askPatiently(`forget secrets of ${run}`, () => void secrets.delete(run), giveUp),
  };
}

function definitionsOf(link: Link, { definitions, drafts, watchers }: Kept): DefinitionStore {
  const giveUp = (error: Error) => new JournalUnavailable(error.message);
  const ask = <T>(what: string, effect: () => T) => link.askPatiently(what, effect, giveUp);

  return {
    register: (definition) =>
      ask(`register ${definition.ref.id}`, () => {
        const { ref } = definition;
        const known = definitions.find(
          ({ ref: { id, version } }) => id === ref.id && version === ref.version,
        );
        if (known === undefined) {
          definitions.push(definition);
          for (const tell of watchers) tell(ref);
        } else if (known.ref.hash !== ref.hash) throw new DefinitionTaken(ref, known.ref.hash);
      }),
    keepDraft: (definition) =>
      ask(`keep a draft of ${definition.ref.id}`, () => void drafts.push(definition)),
    byHash: (hash) =>
      ask(`definition ${hash.slice(0, 8)}`, () =>
        [...definitions, ...drafts].find(({ ref }) => ref.hash === hash),
      ),
    byId: (id, version) =>
      ask(`definition ${id}`, () =>
        definitions
          .filter(({ ref }) => ref.id === id && (version === undefined || ref.version === version))
          .sort((one, other) => other.ref.version - one.ref.version)
          .at(0),
      ),
    list: () => ask('definitions', () => definitions.slice()),
    watch: async (onRegistered, signal) => {
      const tell = (ref: DefinitionRef): void => link.receive(() => signal.aborted || onRegistered(ref));
      const leave = (): void => void watchers.delete(tell);
      signal.addEventListener('abort', leave);
      link.onEnd(leave);
      const before = await ask('watch definitions', () => {
        watchers.add(tell);
        return definitions.slice();
      });
      for (const { ref } of before) if (!signal.aborted) onRegistered(ref);
    },
  };
}

function checked(run: string): string {
  if (!isRunId(run)) throw new RangeError(`${JSON.stringify(run.slice(0, 80))} is not a run id`);

  return run;
}
