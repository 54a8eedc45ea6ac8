import { z } from 'zod';
import { DefinitionRow } from './definitions.ts';
import { FormField } from './people.ts';

/** A definition of the library. Its runs are not counted: they are those of the project that took it over. */
export const DefinitionTemplate = DefinitionRow.extend({
  text: z.string(),
  fields: z.array(FormField),
  /** What has to be there before a run of it can get far; `agents` stands above. */
  needs: z.object({
    skills: z.array(z.string()),
    secrets: z.array(z.string()),
    /** Programs that its commands begin with. */
    programs: z.array(z.string()),
    /** Other definitions that it starts. */
    workflows: z.array(z.string()),
  }),
  /** How many cases are written beside it. */
  tests: z.int(),
});
export type DefinitionTemplate = z.output<typeof DefinitionTemplate>;

export const TemplateList = z.object({ templates: z.array(DefinitionTemplate) });
export type TemplateList = z.output<typeof TemplateList>;
