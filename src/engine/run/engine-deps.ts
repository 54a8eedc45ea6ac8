import type { Chart } from '../../../machines/chart/chart.ts';
import type { FeatureRefusal } from '../../../machines/feature-gates.ts';
import { needsModels } from '../../../machines/language/normalise/needs-models.ts';
import type { Refusal } from '../../../machines/run/decide/command.ts';
import { secretTexts } from '../../../machines/run/record/redact.ts';
import type { Aside, Run } from '../../../machines/run/run.ts';
import type { ProjectSecrets, RunSecrets } from '../../ports/access/secrets.ts';
import type { SubjectKeys } from '../../ports/access/subject-keys.ts';
import type { DefinitionStore } from '../../ports/definitions/definition-store.ts';
import type { RunArchive } from '../../ports/runs/archive.ts';
import type { Journal } from '../../ports/runs/journal.ts';
import type { Snapshots } from '../../ports/runs/snapshots.ts';
import type { Slots } from '../../ports/work/slots.ts';
import type { AttemptsDeps } from '../attempts/attempt-entry.ts';
import type { DraftDefinitions } from '../draft-definitions.ts';
import type { Charts } from '../run-reader/charts.ts';
import type { RunReader } from '../run-reader/run-reader.ts';
import type { StationLinks } from '../stations/station-links.ts';
import type { OtherRuns } from './failure-runs.ts';

/** What an engine depends on. */
export type EngineDeps = AttemptsDeps &
  RunContextDeps & {
    readonly journal: Journal;
    readonly definitions: DefinitionStore;
    /** What is in files that somebody edits; absent: nobody does. */
    readonly drafts?: DraftDefinitions | undefined;
    /** A shared cache of charts; default: its own. */
    readonly charts?: Charts;
    /** The cache of this process; default: its own. */
    readonly reader?: RunReader;
    /** Runs that have left the journal; absent: none has. */
    readonly archive?: RunArchive | undefined;
    readonly slots: Slots;
    /** Snapshots to begin folds at; absent: every fold begins at the first event. */
    readonly snapshots?: Snapshots;
    /** Events between two snapshots of a run; default 500. */
    readonly snapshotEvery?: number;
    /** Starts and reads runs of any engine. */
    readonly otherRuns: OtherRuns;
    /** The other stations; absent where there are none. */
    readonly stations?: StationLinks | undefined;
    /** Why something may not be written now that other engines do not understand; absent: there are no others. */
    readonly featureRefusal?: FeatureRefusal;
    /** Called after every event of a run in this process. */
    readonly onChange: (run: Run) => void;
    /** Since when this engine has heard the run's workers without a gap; absent: always. */
    readonly freshSinceMs?: (run: string) => number;
  };

/** Why no run of the definition may begin or go on now: an engine that is there could not read it. */
export async function refusedByOlder(
  { featureRefusal }: Pick<EngineDeps, 'featureRefusal'>,
  { definition }: Chart,
): Promise<Refusal | undefined> {
  return needsModels(definition) ? featureRefusal?.('models') : undefined;
}

export type RunContextDeps = {
  /** The keys that values are sealed with; absent: no run is begun that seals any. */
  readonly subjectKeys?: SubjectKeys | undefined;
  readonly runSecrets: RunSecrets;
  readonly projectSecrets: ProjectSecrets;
};

/**
 * Secrets, blobs and the key of a run, which its journal does not hold. Rejects with SecretsUnavailable,
 * SecretUnreadable, KeysUnavailable, KeyUnreadable.
 */
export async function runContextOf(
  deps: RunContextDeps,
  chart: Chart,
  { run, erasureKey }: { readonly run: string; readonly erasureKey?: string | undefined },
): Promise<Aside> {
  const isSecret = Object.values(chart.definition.input).some(({ secret }) => secret);
  const secretInput = isSecret ? await deps.runSecrets.of(run) : {};
  const { projectSecrets, subjectKeys } = deps;
  const hidden = [...projectSecrets.all(), ...secretTexts(secretInput)];

  const aside = { blobs: new Map(), secretInput, secrets: projectSecrets.values(), hidden };

  return erasureKey === undefined || subjectKeys === undefined
    ? aside
    : { ...aside, sealing: await subjectKeys.named(erasureKey) };
}
