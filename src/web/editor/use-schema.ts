import { useQuery } from '@tanstack/react-query';

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
