import type { Json } from '../../../../events/canonical-json.ts';
import { formatDuration } from '../../../../machines/language/duration.ts';
import type { SourcePlace } from '../context.ts';
import { inputValue, resolve } from '../references.ts';
import {
  isArray,
  isMap,
  isUnset,
  type JsonMap,
  listAt,
  mapAt,
  numberAt,
  shown,
  textAt,
} from '../source/parse-json.ts';
import { conditionText } from '../templates.ts';
import { Untranslatable } from '../untranslatable.ts';

const longestMs = 366 * 86_400_000;

/** What the workflow says about itself besides its tasks, inputs and outputs. */
export function settingsOf(
  workflow: JsonMap,
  place: SourcePlace,
): Readonly<Record<string, Json | undefined>> {
  reportSettings(workflow, place);
  const seconds = numberAt(workflow, 'timeoutSeconds') ?? 0;
  const labels = labelsOf(workflow);

  return {
    description: textAt(workflow, 'description'),
    labels: Object.keys(labels).length === 0 ? undefined : labels,
    timeout: seconds > 0 ? formatDuration(Math.min(seconds * 1000, longestMs)) : undefined,
    timeout_policy: seconds > 0 && workflow['timeoutPolicy'] !== 'TIME_OUT_WF' ? 'alert' : undefined,
    failure_workflow: failureWorkflow(workflow, place),
    concurrency: concurrencyOf(workflow, place),
  };
}

function labelsOf(workflow: JsonMap): Readonly<Record<string, string>> {
  const tags = listAt(workflow, 'tags').flatMap((tag): [string, string][] =>
    isMap(tag) && typeof tag['key'] === 'string' ? [[tag['key'], String(tag['value'] ?? '')]] : [],
  );
  const labels = Object.entries({ ...mapAt(workflow, 'labels'), ...mapAt(workflow, 'metadata') }).flatMap(
    ([key, value]): [string, string][] =>
      isMap(value) || isArray(value) || value === null ? [] : [[key, String(value)]],
  );
  const owner = textAt(workflow, 'ownerEmail') ?? textAt(workflow, 'ownerApp');

  return Object.fromEntries([
    ...(owner === undefined ? [] : [['owner', owner] as const]),
    ...labels,
    ...tags,
  ]);
}

function failureWorkflow(workflow: JsonMap, { say, scope }: SourcePlace): string | undefined {
  const name = textAt(workflow, 'failureWorkflow');
  if (name === undefined) return undefined;
  if (name.includes('${')) {
    say.loss('failureWorkflow', `which workflow it is comes out of the data of the run (${name})`);
    return undefined;
  }
  say.info(
    'failureWorkflow',
    'it gets the input of the failed run with `error`, `original_run_id` and `failed_task`',
  );
  const version = numberAt(workflow, 'failureWorkflowVersion') ?? 0;
  if (version > 0)
    say.warning('failureWorkflowVersion', `not version ${version}, but the newest one is started`);

  return scope.context.workflowId(name);
}

/** `rateLimitConfig` limits the runs with the same key, as `concurrency` does. */
function concurrencyOf(workflow: JsonMap, place: SourcePlace): Json | undefined {
  const config = mapAt(workflow, 'rateLimitConfig');
  const limit = numberAt(config, 'concurrentExecLimit') ?? 0;
  if (limit < 1) return undefined;
  const key = textAt(config, 'rateLimitKey');
  if (key === undefined || !key.includes('${')) return { limit: Math.floor(limit) };
  try {
    return { limit: Math.floor(limit), key: conditionText(inputValue(key, (text) => resolve(text, place))) };
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error;
    place.say.loss('rateLimitConfig.rateLimitKey', error.message);
    return { limit: Math.floor(limit) };
  }
}

const understood = new Set(
  (
    'name description version tasks inputParameters outputParameters inputTemplate inputSchema variables timeoutSeconds ' +
    'timeoutPolicy failureWorkflow failureWorkflowVersion schemaVersion ownerEmail ownerApp tags labels metadata ' +
    'rateLimitConfig maskedFields restartable ' +
    // Bookkeeping of the server that says nothing about how a run goes.
    'createTime updateTime createdBy updatedBy createdOn updatedOn accessPolicy overwriteTags enforceSchema'
  ).split(' '),
);

const reasons: Readonly<Record<string, readonly ['info' | 'warning' | 'loss', string]>> = {
  workflowStatusListenerEnabled: [
    'info',
    'every change of a run is in its journal, which anyone may follow; no listener is called',
  ],
  workflowStatusListenerSink: ['loss', 'changes of a run are not sent to a sink; follow the journal instead'],
  outputSchema: ['loss', 'the output of a run is not checked against a schema'],
  cacheConfig: ['loss', 'the result of a run is not cached'],
  triggers: ['loss', 'triggers are not part of a definition in Conductor; their meaning is not known here'],
  onStateChange: [
    'loss',
    'a run does not publish events of its own; the journal has every change of its state',
  ],
  defaultExecutionEnvironment: ['loss', 'runs are not divided into environments'],
};

function reportSettings(workflow: JsonMap, { say }: SourcePlace): void {
  if (workflow['restartable'] === false) {
    say.warning('restartable', 'a run can always be retried or run again by a person; nothing forbids it');
  }
  const schemaVersion = numberAt(workflow, 'schemaVersion') ?? 2;
  if (schemaVersion === 1) {
    say.info(
      'schemaVersion',
      'version 1 writes references without ${...}; they are read as those of version 2',
    );
  } else if (schemaVersion !== 2) {
    say.warning('schemaVersion', `version ${schemaVersion} is not known; it is read as version 2`);
  }
  if ((numberAt(workflow, 'timeoutSeconds') ?? 0) * 1000 > longestMs) {
    say.warning('timeoutSeconds', 'the longest time-out is 366 days', { became: '366d' });
  }
  for (const [key, value] of Object.entries(mapAt(workflow, 'metadata'))) {
    if (isMap(value) || isArray(value))
      say.warning(`metadata.${key}`, 'a label is a text; this one is left out');
  }
  for (const [key, value] of Object.entries(workflow)) {
    if (understood.has(key) || isUnset(value)) continue;
    const [severity, reason] = reasons[key] ?? ['warning', `a field that is not known here: ${shown(value)}`];
    say[severity](key, reason);
  }
}
