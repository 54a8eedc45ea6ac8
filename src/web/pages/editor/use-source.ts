import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { CheckReport } from '../../../api/definitions.ts';
import { postJson, useApi } from '../../api/client.ts';
import { emptyDefinition, freeId, withId } from '../../editor/definition-head.ts';
import { readDraft } from '../../editor/draft.ts';
import { useSettled } from '../../editor/settled.ts';
import { localStore } from '../../parts/local-store.ts';

const SETTLED_MS = 250;

/** The initial state of an editor. */
export type Source = {
  /** What a draft is kept under. */
  readonly key: string;
  readonly text: string;
  /** Where it is saved to, and what it is called in messages. */
  readonly file: string;
  /** What it was when it was opened, to compare with; absent for what is new. */
  readonly before?: { readonly version: number; readonly text: string };
  /** The highest version that is registered: it cannot be changed any more. 0 where there is none. */
  readonly registered: number;
};

export type SourceAnswer = {
  readonly source?: Source;
  readonly error: unknown;
  readonly onRetry: () => void;
};

/** The definition that is edited. */
export function useDefinitionSource(id: string): SourceAnswer {
  const { data, error, refetch } = useApi(['definitions', id]);
  const onRetry = (): void => void refetch();
  if (data === undefined) return { error, onRetry };
  const file = data.source === 'project' && data.file !== undefined ? data.file : `definitions/${id}.yaml`;

  return {
    error: undefined,
    onRetry,
    source: {
      key: id,
      text: data.text,
      file,
      before: { version: data.version, text: data.text },
      registered: Math.max(0, ...data.history.map(({ version }) => version)),
    },
  };
}

/** A definition that was imported, which the browser keeps: without it there is nothing to edit. */
export function useImportedSource(id: string): SourceAnswer {
  const [imported] = useState(() => readDraft(localStore(), `import:${id}`));
  if (imported === undefined)
    return {
      error: new Error(`what was imported as "${id}" is not in this browser`),
      onRetry: () => undefined,
    };

  return {
    error: undefined,
    onRetry: () => undefined,
    // Imported again it is another text: what was made of the first one is not put over it.
    source: { ...newSource(id, imported.text), key: `import:${id}:${imported.at}` },
  };
}

/** What a copy of a template is to be called; '' for an id that is free. */
type Copied = { readonly template: string; readonly as: string };

/** A copy of a template under a name of its own; without a template the smallest definition. */
export function useNewSource({ template, as }: Copied): SourceAnswer {
  const templates = useApi(['templates'], undefined, {
    isEnabled: template !== '',
  });
  const taken = useApi(['definitions']);
  // Once it is published its own name is taken, and is still what it is called here.
  const [free, setFree] = useState<{ readonly template: string; readonly id: string }>();
  const onRetry = (): void => void Promise.all([templates.refetch(), taken.refetch()]);
  if (template === '')
    return { error: undefined, onRetry, source: newSource('my-workflow', emptyDefinition) };
  const found = templates.data?.templates.find(({ id }) => id === template);
  const error =
    templates.error ?? taken.error ?? missing(template, templates.data !== undefined && found === undefined);
  if (found === undefined || taken.data === undefined) return { error, onRetry };
  if (free?.template !== template)
    setFree({ template, id: freeId(found.id, new Set(taken.data.items.map((one) => one.id))) });
  const id = as === '' ? free?.id : as;
  if (id === undefined) return { error: undefined, onRetry };

  return { error: undefined, onRetry, source: newSource(id, withId(found.text, id)) };
}

function newSource(id: string, text: string): Source {
  return { key: `new:${id}`, text, file: `definitions/${id}.yaml`, registered: 0 };
}

function missing(template: string, isMissing: boolean): Error | undefined {
  return isMissing ? new Error(`there is no template "${template}"`) : undefined;
}

export type Check = {
  /** Of the latest text that was checked. */
  readonly report: CheckReport | undefined;
  /** The text has changed since. */
  readonly isBehind: boolean;
  readonly error: unknown;
};

/** What the checker of the engine says about a text, a quarter of a second after it was last changed. */
export function useCheck(text: string, file: string): Check {
  const settled = useSettled(text, SETTLED_MS);
  const { data, error, isFetching } = useQuery({
    // Not under `definitions`: what the stream tells of those does not change what a text means.
    queryKey: ['check', file, settled],
    queryFn: () => postJson(['definitions', 'check'], { text: settled, file }),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });

  return { report: data, isBehind: isFetching || settled !== text, error };
}
