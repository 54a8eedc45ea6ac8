import { z } from 'zod';
import { defineAction } from '../action.ts';
import { evaluatedLanguages, evaluateForeign } from './sandbox.ts';

const Input = z.strictObject({
  language: z.enum(evaluatedLanguages),
  expression: z.string().min(1).max(100_000),
  input: z.json().default(null),
});

/**
 * `evaluate`: an expression in a language of another engine. What it gave is recorded as the output of the task, so
 * that nothing is evaluated again when the run is read.
 */
export const evaluate = defineAction(
  'evaluate',
  {
    input: Input,
    outputs: { result: 'any', results: 'list' },
    errors: ['evaluate.failed', 'evaluate.time-limit', 'evaluate.memory-limit', 'evaluate.too-deep'],
  },
  async (_attempt, { language, expression, input }) => {
    const { value, values } = await evaluateForeign({ language, expression, input });

    return { result: value ?? null, results: [...(values ?? (value === undefined ? [] : [value]))] };
  },
);
