// A run that an engine plays on a journal in memory, and what other programs are told of it.
import { expect } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { CloudEvent } from '../../../events/cloud-event.ts';
import { type OutboundType, outboundEvents } from '../../../events/outbound-events.ts';
import type { TriggerRef } from '../../../events/run-events.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { mayBeTold, outboundOf } from '../../../src/engine/outbound/outbound-of.ts';
import { createRunReader } from '../../../src/engine/run-reader/run-reader.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { createStage, register } from '../../support/engine-bench.ts';
import { createMemoryStores } from '../../support/memory-stores.ts';

export const run = 'run-1';
/** The value of the project's secret KEY, and of the secret input `token` of the run. */
export const canary = 'canary-81f2c3d4e5';

/** Starts a run of these tasks; every event that is told is held against the schema of its type. */
export async function staged(
  tasks: string,
  {
    extra = '',
    input = {},
    trigger,
  }: {
    readonly extra?: string;
    readonly input?: Readonly<Record<string, Json>>;
    readonly trigger?: TriggerRef;
  } = {},
) {
  const stores = createMemoryStores({ KEY: canary });
  await stores.runSecrets.keep(run, { token: canary });
  const text = [
    'workflow:',
    '  id: under-test',
    '  version: 1',
    ...indented(extra, 2),
    '  tasks:',
    ...indented(tasks, 4),
  ];
  const chart = chartOfText(text.join('\n'));
  const definitions = createMemoryDefinitionStore();
  await register(definitions, chart, text.join('\n'));
  const stage = createStage({ stores, definitions });
  await stage.engine.startRun({ run, chart, input, actor: 'ada', trigger });

  const charts = { byHash: () => Promise.resolve(chart) };
  const reader = createRunReader({ journal: stage.journal, charts });
  const told = async () => {
    const events: CloudEvent[] = [];
    for await (const stored of stage.journal.read(run)) {
      const outbound = await outboundOf({ reader }, stored);
      expect(outbound.trouble).toBeUndefined();
      expect(mayBeTold(stored)).toBe(outbound.events.length > 0);
      events.push(...outbound.events);
    }
    for (const event of events) {
      expect(CloudEvent.parse(event)).toEqual(event);
      expect(outboundEvents[event.type as OutboundType].strict().parse(event.data)).toEqual(event.data);
    }

    return events;
  };
  const submit = (command: Parameters<typeof stage.engine.submit>[1]) =>
    stage.engine.submit(run, command, { actor: 'by' in command ? command.by : 'ada' });

  const ended = () => stage.until(({ state }) => isFinal(state.status));

  return { ...stage, chart, told, submit, ended };
}

function indented(text: string, by: number): readonly string[] {
  return text === '' ? [] : text.split('\n').map((line) => `${' '.repeat(by)}${line}`);
}
