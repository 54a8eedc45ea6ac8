import type { FileTrigger } from '../../../machines/definition.ts';
import { firedByFile } from '../../../machines/triggers/fired-event.ts';
import { inputFor } from '../../../machines/triggers/input-for.ts';
import { triggeredRun } from '../../../machines/triggers/triggered-run.ts';
import { engineActor } from '../../ports/authority.ts';
import type { Clock } from '../../ports/clock.ts';
import type { FileDrop, FileDrops } from '../../ports/file-drops.ts';
import type { TriggerMarks } from '../../ports/trigger-marks.ts';
import { onAbort, untilAborted } from '../../ports/until-aborted.ts';
import type { KnownTrigger, KnownTriggers } from './known-triggers.ts';
import type { PausedTriggers } from './paused-triggers.ts';
import type { StartOutcome, TriggeredStart } from './start-triggered.ts';

export type FileStartsDeps = {
  readonly known: Pick<KnownTriggers, 'settled' | 'all' | 'onChange'>;
  readonly paused: Pick<PausedTriggers, 'ready' | 'of' | 'onChange'>;
  readonly drops: FileDrops;
  readonly start: (start: TriggeredStart) => Promise<StartOutcome>;
  readonly marks: Pick<TriggerMarks, 'read' | 'write'>;
  readonly clock: Clock;
  readonly onTrouble: (error: unknown) => void;
};

/** A file starts no run, and will not be tried again as it is. The reaction: correct the file or the definition. */
class FileRefused extends Error {
  override readonly name = 'FileRefused';
  readonly code: string;

  constructor(
    path: string,
    { code, message, of }: { readonly code: string; readonly message: string; readonly of: string },
  ) {
    super(
      `the file ${path} starts no run of ${of}: ${message}; change the file, or raise the version of ${of}`,
    );
    this.code = code;
  }
}

/**
 * Starts a run for each content of each file that the triggers which count are for. Every engine that serves does, for
 * the files that it can see. A paused trigger looks at nothing: what came meanwhile is taken when it is resumed.
 */
export function createFileStarts(deps: FileStartsDeps): {
  readonly run: (signal: AbortSignal) => Promise<void>;
} {
  const watched = new Map<string, () => Promise<void>>();

  async function watchAll(): Promise<void> {
    const wanted = new Map(wantedOf(deps).map((each) => [`${each.ref.hash}/${each.compiled.id}`, each]));
    const ended = [...watched].filter(([key]) => !wanted.has(key));
    for (const [key] of ended) watched.delete(key);
    for (const [key, each] of wanted) {
      if (watched.has(key)) continue;
      watched.set(
        key,
        deps.drops.watch(each.glob, (drop) => startFor(deps, each, drop)),
      );
    }
    await Promise.all(ended.map(([, end]) => end()));
  }

  return {
    run: async (signal) => {
      await untilAborted(signal, Promise.all([deps.known.settled(), deps.paused.ready])).catch(
        () => undefined,
      );
      if (signal.aborted) return;
      const releases = [deps.known, deps.paused].map(({ onChange }) => onChange(() => void watchAll()));
      await watchAll();
      await aborted(signal);
      for (const release of releases) release();
      const ends = [...watched.values()];
      watched.clear();
      await Promise.all(ends.map((end) => end()));
    },
  };
}

type Watched = KnownTrigger & { readonly glob: FileTrigger['glob'] };

function wantedOf({ known, paused }: FileStartsDeps): readonly Watched[] {
  return known.all().flatMap((each) => {
    const { trigger, id } = each.compiled;
    if (trigger.kind !== 'file' || paused.of(each.ref.id, id) !== undefined) return [];

    return [{ ...each, glob: trigger.glob }];
  });
}

/** Rejects with what may pass: the file is told again. */
async function startFor(deps: FileStartsDeps, known: Watched, drop: FileDrop): Promise<void> {
  const { ref, definition, compiled } = known;
  const run = triggeredRun(ref.id, compiled.id, `${drop.path}@${drop.digest}`);
  const key = `file/${ref.id}/${compiled.id}/${run}`;
  const before = await deps.marks.read(key);
  // What this version refused, it would refuse again; another version may take it.
  if (versionIn(before?.value) === ref.version) return;
  const fit = inputFor(definition, compiled, firedByFile(drop));
  const trigger = { kind: 'file' as const, id: compiled.id, file: drop.path };
  const outcome =
    fit.kind === 'refused'
      ? fit
      : await deps.start({ ref, definition, run, trigger, input: fit.input, actor: engineActor });
  if (outcome.kind !== 'refused') return;
  const { code, message } = outcome;
  const at = new Date(deps.clock.now()).toISOString();
  const refused = { path: drop.path, digest: drop.digest, version: ref.version, code, message, at };
  const written = await deps.marks.write(key, refused, before?.revision ?? 0);
  // Another engine that sees the same file has told it, where it was first.
  if (written !== undefined) deps.onTrouble(new FileRefused(drop.path, { code, message, of: ref.id }));
}

function versionIn(mark: unknown): unknown {
  return typeof mark === 'object' && mark !== null && 'version' in mark ? mark.version : undefined;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else onAbort(signal, resolve);
  });
}
