import { useMemo, useState } from 'react';
import type { CheckReport } from '../../api/definitions.ts';
import type { Vocabulary } from '../../api/vocabulary.ts';
import { useApi } from '../api/use-api.ts';
import type { ExpressionWords } from './expression-words.ts';

/** The words of expressions, with those of the last text that could be read: while one types there often is none. */
export function useWords(report: CheckReport | undefined): ExpressionWords | undefined {
  const { data } = useApi<Vocabulary>(['vocabulary']);
  const [last, setLast] = useState(report?.readable);
  if (report?.readable !== undefined && report.readable !== last) setLast(report.readable);
  const readable = report?.readable ?? last;

  return useMemo(() => (data === undefined ? undefined : { vocabulary: data, readable }), [data, readable]);
}
