// The other of the two files that a new operation costs: what it takes and answers, and how it is done.
import { z } from 'zod';
import { type UseCasesOf, useCase } from '../../../../src/operations/use-case.ts';
import type { greetingOperations } from './declaration.ts';

export const greetingUseCases = {
  list: useCase(
    z.object({ name: z.string(), times: z.int().positive().max(3).default(1) }),
    z.object({ greetings: z.array(z.object({ text: z.string(), by: z.string() })) }),
    ({ project }, { name, times }, { actor }) => ({
      greetings: Array.from({ length: times }, () => ({
        text: `Hello ${name} of ${project.namespace}`,
        by: actor,
      })),
    }),
  ),
} satisfies UseCasesOf<typeof greetingOperations>;
