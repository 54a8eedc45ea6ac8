import type { DefinitionRef } from '../../../events/run-events.ts';
import { bundledVersions } from '../../../machines/bundle.ts';
import type { CronTrigger, Definition } from '../../../machines/definition.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { didYouMean } from '../../../machines/language/suggest.ts';
import { type CompiledTrigger, compileTriggers } from '../../../machines/triggers/compiled-trigger.ts';
import { delay } from '../../lib/deadline.ts';
import { retryUntilDone } from '../../lib/retry.ts';
import { messageOf } from '../../lib/text.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BundleStore, PublishedBundle } from '../../ports/definitions/bundle-store.ts';
import { type DefinitionStore, DefinitionUnreadable } from '../../ports/definitions/definition-store.ts';
import type { TriggerName, TriggerRefusal } from '../../ports/events/trigger-admin.ts';
import type { DraftDefinitions } from '../draft-definitions.ts';
import { scheduleKey } from './schedule-marks.ts';

/** A trigger of what counts of its definition: the draft, else that of the current bundle, else the highest. */
export type KnownTrigger = {
  readonly ref: DefinitionRef;
  readonly definition: Definition;
  readonly compiled: CompiledTrigger;
};

/** The triggers that count, as definitions are registered. */
export type KnownTriggers = {
  /** Resolves once all that was told of so far has been read, or found not to be readable. */
  readonly settled: () => Promise<void>;
  /** Those that an event of the type concerns, in the order of their definitions, and of these. */
  readonly ofEvent: (type: string) => readonly KnownTrigger[];
  readonly all: () => readonly KnownTrigger[];
  /** Calls back whenever others count, until the returned function is called. */
  readonly onChange: (listener: () => void) => () => void;
  readonly close: () => void;
};

export type KnownTriggersDeps = {
  readonly definitions: Pick<DefinitionStore, 'watch' | 'byHash'>;
  /** Absent: there are none. */
  readonly drafts?: Pick<DraftDefinitions, 'definitions' | 'watch'> | undefined;
  /** Absent: there are none. */
  readonly bundles?: Pick<BundleStore, 'watch' | 'find'> | undefined;
  readonly clock: Clock;
  /** Told of what is left out, and once of a store that does not answer. */
  readonly onTrouble: (error: unknown) => void;
};

/** A definition cannot be read: none of its triggers counts. The reaction: register a higher version of it. */
class TriggersUnreadable extends Error {
  override readonly name = 'TriggersUnreadable';
  readonly code = 'trigger.unreadable';

  constructor({ id, version }: DefinitionRef, reason: string, cause?: unknown) {
    super(
      `the triggers of ${id} version ${version} do not count: ${reason}; register a higher version of it`,
      {
        cause,
      },
    );
  }
}

const againMs = 1_000;

/** Which versions count, and ids of which no version does. */
type CurrentBundle = {
  readonly versions: ReadonlyMap<string, DefinitionRef>;
  readonly without: ReadonlySet<string>;
};

export function createKnownTriggers(deps: KnownTriggersDeps): KnownTriggers {
  const { definitions, drafts, bundles, onTrouble } = deps;
  const highest = new Map<string, DefinitionRef>();
  const { count, all, onChange } = createCounting();
  const closing = new AbortController();
  const { begin, settled } = createReading(deps, closing.signal);
  let edited: ReadonlyMap<string, DefinitionRef> = new Map();
  let current: CurrentBundle = { versions: new Map(), without: new Set() };
  let latest: PublishedBundle | undefined;

  function registered(ref: DefinitionRef): void {
    if ((highest.get(ref.id)?.version ?? 0) >= ref.version) return;
    highest.set(ref.id, ref);
    if (counting(ref.id) === ref) begin(() => replace(ref));
  }

  function counting(id: string): DefinitionRef | undefined {
    return (
      edited.get(id) ?? current.versions.get(id) ?? (current.without.has(id) ? undefined : highest.get(id))
    );
  }

  async function goBy(published: PublishedBundle): Promise<void> {
    const bundle = await bundles?.find(published.hash);
    if (published !== latest || bundle === undefined) return;
    const versions = bundledVersions(bundle);
    countAnew([...highest.keys(), ...current.versions.keys(), ...versions.keys()], () => {
      current = { versions, without: new Set(published.without) };
    });
  }

  function edit(byId: typeof edited): void {
    countAnew([...edited.keys(), ...byId.keys()], () => {
      edited = byId;
    });
  }

  /** Makes a change to what counts, and replaces the triggers of those ids for which it did. */
  function countAnew(ids: readonly string[], change: () => void): void {
    const before = new Map(ids.map((id) => [id, counting(id)?.hash]));
    change();
    for (const [id, hash] of before) {
      const is = counting(id);
      if (is?.hash === hash) continue;
      if (is === undefined) count(id, []);
      else begin(() => replace(is));
    }
  }

  async function replace(ref: DefinitionRef): Promise<void> {
    const read = await triggersOf(drafts?.definitions ?? definitions, ref);
    if (counting(ref.id)?.hash !== ref.hash || closing.signal.aborted) return;
    if (read instanceof TriggersUnreadable) onTrouble(read);
    count(ref.id, read instanceof TriggersUnreadable ? [] : read);
  }

  /** The bundle first: a higher version that it holds back must not count for a moment. */
  async function follow(): Promise<void> {
    await bundles?.watch((published) => {
      latest = published;
      begin(() => goBy(published));
    }, closing.signal);
    if (latest !== undefined) await goBy(latest);
    await definitions.watch(registered, closing.signal);
  }

  drafts?.watch(edit, closing.signal);
  begin(follow);

  return {
    settled,
    ofEvent: (type) => all().filter((each) => isOn(each, type)),
    all,
    onChange,
    close: () => closing.abort(),
  };
}

/** The triggers that count, by the ids of their definitions. */
function createCounting() {
  const triggers = new Map<string, readonly KnownTrigger[]>();
  const listeners = new Set<() => void>();
  let sorted: readonly KnownTrigger[] | undefined;

  return {
    count: (id: string, found: readonly KnownTrigger[]): void => {
      const before = triggers.get(id) ?? [];
      triggers.set(id, found);
      sorted = undefined;
      if (before.length + found.length > 0) for (const listener of [...listeners]) listener();
    },
    all: (): readonly KnownTrigger[] => {
      sorted ??= [...triggers].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, each]) => each);

      return sorted;
    },
    onChange: (listener: () => void): (() => void) => {
      listeners.add(listener);

      return () => void listeners.delete(listener);
    },
  };
}

function isOn({ compiled: { trigger } }: KnownTrigger, type: string): boolean {
  return trigger.kind === 'event' && trigger.on === type;
}

/** Reads until it works or the signal aborts: what is not known yet must not be taken for what is not there. */
function createReading(
  { clock, onTrouble }: Pick<KnownTriggersDeps, 'clock' | 'onTrouble'>,
  signal: AbortSignal,
) {
  const reading = new Set<Promise<void>>();

  return {
    begin: (act: () => Promise<void>): void => {
      let isTold = false;
      const unlessClosed = async (): Promise<void> => {
        if (!signal.aborted) await act();
      };
      const done = retryUntilDone(unlessClosed, async (error) => {
        if (!isTold && !signal.aborted) onTrouble(error);
        isTold = true;
        await delay(clock, againMs);
      }).finally(() => reading.delete(done));
      reading.add(done);
    },
    settled: async (): Promise<void> => {
      while (reading.size > 0) await Promise.all(reading);
    },
  };
}

/** Rejects where the store does not answer: another time it may. */
async function triggersOf(
  definitions: KnownTriggersDeps['definitions'],
  ref: DefinitionRef,
): Promise<readonly KnownTrigger[] | TriggersUnreadable> {
  const stored = await definitions.byHash(ref.hash).catch((error: unknown) => {
    if (error instanceof DefinitionUnreadable) return error;
    throw error;
  });
  if (stored === undefined) return new TriggersUnreadable(ref, 'its text is not stored');
  if (stored instanceof Error) return new TriggersUnreadable(ref, stored.message, stored);
  const read = loadDefinition({ file: stored.file, content: stored.text, isAccepted: true });
  if (!read.ok) {
    return new TriggersUnreadable(ref, `this version cannot read it (${read.problems[0]?.message ?? ''})`);
  }
  const { definition } = read.loaded;
  try {
    return compileTriggers(definition).map((compiled) => ({ ref, definition, compiled }));
  } catch (error) {
    return new TriggersUnreadable(ref, messageOf(error), error);
  }
}

/** A known trigger that is a schedule. */
export type KnownSchedule = KnownTrigger & { readonly compiled: CompiledTrigger<CronTrigger> };

/** The schedules among triggers, in their order, by the keys of their marks. */
export function keyedSchedules(known: readonly KnownTrigger[]): ReadonlyMap<string, KnownSchedule> {
  return new Map(
    known.flatMap((each) => {
      const { trigger } = each.compiled;
      if (trigger.kind !== 'cron') return [];
      const schedule = { ...each, compiled: { ...each.compiled, trigger } };

      return [[scheduleKey(each.ref.id, each.compiled.id), schedule] as const];
    }),
  );
}

/**
 * The trigger that goes by a name. Where several of one definition do, for the same type of events, it is the first:
 * they are paused and resumed as one. `what` is how they are called, such as `schedule`.
 */
export function namedTrigger<Known extends KnownTrigger>(
  all: readonly Known[],
  name: TriggerName,
  what: 'trigger' | 'schedule',
): Known | TriggerRefusal {
  const { definition, trigger } = name;
  const found = all.filter(
    ({ ref, compiled }) => compiled.id === trigger && (definition === undefined || ref.id === definition),
  );
  const [first] = found;
  if (first === undefined) return unknown(all, name, what);
  const definitions = [...new Set(found.map(({ ref }) => ref.id))];
  if (definitions.length === 1) return first;
  const names = definitions.map((id) => `${id}/${trigger}`).join(', ');

  return { code: 'trigger.ambiguous', message: `several definitions have a ${what} ${trigger}: ${names}` };
}

function unknown(
  all: readonly KnownTrigger[],
  { definition, trigger }: TriggerName,
  what: string,
): TriggerRefusal {
  const named = (of: string, id: string) => (definition === undefined ? id : `${of}/${id}`);
  const given = named(definition ?? '', trigger);
  const names = all.map(({ ref, compiled }) => named(ref.id, compiled.id));
  const message = `there is no ${what} ${JSON.stringify(given)}${didYouMean(given, names)}`;

  return { code: 'trigger.unknown', message };
}
