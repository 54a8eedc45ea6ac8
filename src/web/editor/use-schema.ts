import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { CheckReport } from '../../api/definitions.ts';
import type { ExpressionWords } from '../../editing/expression-words.ts';
import type { EditorNames } from '../../editing/offered-names.ts';
import { useApi } from '../api/client.ts';

/** The JSON schema of the language. */
type LanguageSchema = Readonly<Record<string, unknown>>;

/** The schema that comes with the program: built into the dashboard as a file of its own, read when an editor opens. */
const url = new URL('../../../definitions/workflow.schema.json', import.meta.url);

/** The JSON schema of the language, for completion. Without it the editor goes on and offers nothing. */
export function useSchema(): LanguageSchema | undefined {
  const { data } = useQuery({
    queryKey: ['language-schema'],
    queryFn: async (): Promise<LanguageSchema> => {
      const response = await fetch(url);

      return response.json();
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

  return data;
}

/** The words of expressions, with those of the last text that could be read: while one types there often is none. */
export function useWords(report: CheckReport | undefined): ExpressionWords | undefined {
  const { data } = useApi(['vocabulary']);
  const [last, setLast] = useState(report?.readable);
  if (report?.readable !== undefined && report.readable !== last) setLast(report.readable);
  const readable = report?.readable ?? last;

  return useMemo(() => (data === undefined ? undefined : { vocabulary: data, readable }), [data, readable]);
}

/** The names of the project, and of the tasks of the text as it could be read last. */
export function useNames(words: ExpressionWords | undefined): EditorNames | undefined {
  const { data } = useApi(['names']);
  const tasks = words?.readable?.tasks;

  return useMemo(
    () =>
      data && {
        ...data,
        tasks: (tasks ?? []).map(({ id, type, name = '' }) => ({
          name: id,
          about: name === '' ? type : name,
        })),
      },
    [data, tasks],
  );
}
