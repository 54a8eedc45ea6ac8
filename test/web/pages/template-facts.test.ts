import { expect, test } from 'vitest';
import type { DefinitionTemplate } from '../../../src/api/definitions.ts';
import { templateFacts } from '../../../src/web/pages/template-facts.ts';

const template: DefinitionTemplate = {
  source: 'library',
  ...{
    id: 'orders',
    version: 1,
    labels: { department: 'sales' },
    hash: 'sha256:1',
    versions: [1],
  },
  ...{
    tasks: 3,
    agents: ['ana'],
    triggers: [],
    runs: { running: 0, ended: 0, completed: 0 },
    recent: [],
    problems: 0,
  },
  text: '',
  fields: [
    { name: 'total', required: true, secret: false },
    { name: 'note', required: false, secret: false },
  ],
  needs: { skills: ['ocr'], secrets: ['API_KEY'], programs: [], workflows: [] },
  tests: 2,
};

test('tells what a template needs and asks for, and leaves out what it has nothing of', () => {
  expect(templateFacts(template)).toEqual([
    ['Department', 'sales'],
    ['Tasks', '3'],
    ['Asks for', 'total (required), note'],
    ['Agents', 'ana'],
    ['Skills', 'ocr'],
    ['Secrets', 'API_KEY'],
    ['Started by', 'hand'],
    ['Tests', '2 cases'],
  ]);
});
