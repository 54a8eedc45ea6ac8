import type { UseQueryResult } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import type { AnswerOf, Segments } from '../../../api/operations/answer-of.ts';
import type { RunPage } from '../../../api/run.ts';
import { type Params, useApi } from '../../api/client.ts';
import { type RunUrl, runUrl, withRunUrl } from './run-url.ts';

/** What every part of the page knows: the run, as it is or was, and where on the page one is. */
export type RunPageState = { readonly page: RunPage; readonly url: RunUrl; readonly go: Go };

/** What the page shows of a run beside the run itself. */
export type RunPart = 'timeline' | 'graph' | 'context' | 'agents' | 'logs';

type Asked = Pick<RunUrl, 'at'> & Partial<Pick<RunUrl, 'view'>>;

type PartOf<Part extends RunPart> = AnswerOf<
  'get',
  Extract<Segments<'get'>, readonly ['runs', string, Part]>
>;

/** One part of a run, such as its timeline, as it is or as it was after the event of the address. */
export function useRunPart<const Part extends RunPart>(run: string, part: Part, asked: Asked) {
  const segments = ['runs', run, part] as readonly ['runs', string, RunPart];

  return useApi(segments, partParams(part, asked), { keepsPrevious: true }) as UseQueryResult<PartOf<Part>>;
}

/** The lines of one task with all that its attempts printed. */
export function useTaskLog(run: string, task: string, { at }: Asked) {
  const params = { task, ...(at === undefined ? {} : { at }) };

  return useApi(['runs', run, 'logs'], params, { keepsPrevious: true });
}

/** By what a part is asked for, as its query key has it. Only a graph has views. */
export function partParams(part: RunPart, { at, view }: Asked): Params | undefined {
  const isOfStates = part === 'graph' && view === 'states';
  if (at === undefined && !isOfStates) return undefined;

  return { ...(at === undefined ? {} : { at }), ...(isOfStates ? { view } : {}) };
}

/** Goes to another tab, event, task or moment of the run. What is left out stays. */
export type Go = (changes: Partial<RunUrl>) => void;

/** What of the page stands in its address, and how to change it. One can go back from a change of tab or task. */
export function useRunUrl(): readonly [RunUrl, Go] {
  const [search, setSearch] = useSearchParams();
  const url = useMemo(() => runUrl(search), [search]);
  const go = useCallback<Go>(
    (changes) =>
      setSearch((before) => withRunUrl(before, changes), {
        replace: changes.tab === undefined && changes.task === undefined,
      }),
    [setSearch],
  );

  return [url, go];
}
