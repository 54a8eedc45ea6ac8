// One of the two files that a new operation costs: what it is called, and where it is asked for.
import { declare } from '../../../../src/api/operations/operation.ts';

export const greetingOperations = {
  list: declare<
    { name: string; times?: number | undefined },
    { greetings: { text: string; by: string }[] }
  >()({
    summary: 'Greets somebody by name',
    changes: true,
    members: { name: 'who is greeted', times: 'how often' },
    http: { method: 'post', path: '/api/v1/greetings/{name}', answer: 'The greetings' },
    command: {
      words: 'greetings list',
      arguments: ['name'],
      options: { times: '--times <count>' },
      table: { of: 'greetings', columns: ['text', 'by'] },
    },
  }),
};
