import type { UseQueryResult } from '@tanstack/react-query';
import type { AnswerOf, Segments } from '../../../api/operations/answer-of.ts';
import type { RunPage } from '../../../api/run.ts';
import { type Params, useApi } from '../../api/client.ts';
import type { RunUrl } from './run-url.ts';
import type { Go } from './use-run-url.ts';

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

/** By what a part is asked for, as its query key has it. Only a graph has views. */
export function partParams(part: RunPart, { at, view }: Asked): Params | undefined {
  const isOfStates = part === 'graph' && view === 'states';
  if (at === undefined && !isOfStates) return undefined;

  return { ...(at === undefined ? {} : { at }), ...(isOfStates ? { view } : {}) };
}
