// What a text becomes. The rest of the system sees only this form, so that every spelling and every default is decided
// here. Method: load, then compare whole values.
import { describe, expect, test } from 'vitest';
import type { Definition } from '../../../machines/definition.ts';
import { type LoadedDefinition, loadDefinition } from '../../../machines/language/load-definition.ts';
import { definitionText, definitionWith } from '../../support/definition-text.ts';

describe('the workflow', () => {
  test('has its inputs in one form, however they are written', () => {
    const short = 'input: {required: [a], optional: [b, {c: false}]}';
    const typed = 'input: {required: [a], properties: {b: {}, c: {default: false}}}';
    const inputs = {
      a: { required: true, secret: false },
      b: { required: false, secret: false },
      c: { required: false, secret: false, default: false },
    };
    expect(definitionOf(definitionWith(short)).input).toEqual(inputs);
    expect(definitionOf(definitionWith(typed)).input).toEqual(inputs);
  });

  test('may have everything else', () => {
    const text = definitionWith(
      [
        'labels: {team: a}',
        'timeout: 1d',
        'variables: {v: [1]}',
        'failure_workflow: cleanup',
        'monitoring: {log_to: log/x.log}',
        'concurrency: {limit: 2, key: "${workflow.id}"}',
        'triggers:',
        '  - {on: a.b, when: "${event.data.x} > 1"}',
        '  - {cron: 0 9 * * 1, timezone: Europe/Berlin}',
        '  - {file: "in/*.csv", id: drop}',
      ].join('\n'),
    );
    expect(definitionOf(text)).toMatchObject({
      labels: { team: 'a' },
      timeoutMs: 86_400_000,
      timeoutPolicy: 'fail',
      variables: { v: [1] },
      output: { kind: 'names', names: [] },
      failureWorkflow: { kind: 'named', id: 'cleanup' },
      monitoring: { reportFrequency: 'per_task', logTo: 'log/x.log', metrics: [] },
      concurrency: { limit: 2, key: 'workflow.id', onLimit: 'queue' },
      triggers: [
        { kind: 'event', on: 'a.b', when: '(event.data.x) > 1' },
        { kind: 'cron', cron: '0 9 * * 1', timezone: 'Europe/Berlin', overlap: 'skip', catchupMs: 3_600_000 },
        { kind: 'file', id: 'drop', glob: 'in/*.csv' },
      ],
    });
  });

  test('says how long runs stay after their end: longer than any time-out, and archived unless it says otherwise', () => {
    expect(definitionOf(definitionWith('retention: {keep: 3650d}')).retention).toEqual({
      keepMs: 3650 * 86_400_000,
      after: 'archive',
    });
    expect(definitionOf(definitionWith('retention: {keep: PT12H, then: keep_head}')).retention).toEqual({
      keepMs: 43_200_000,
      after: 'keep_head',
    });
    expect(definitionOf(definitionText('- {id: a, uses: x}'))).not.toHaveProperty('retention');
  });

  test('may be JSON', () => {
    const json = JSON.stringify(
      { workflow: { id: 'w', version: 1, tasks: [{ id: 'a', uses: 'x' }] } },
      null,
      2,
    );
    expect(definitionOf(json)).toEqual(
      definitionOf('workflow: {id: w, version: 1, tasks: [{id: a, uses: x}]}'),
    );
  });

  test('reads values by YAML 1.2: yes is text, 017 is 17, a date is text', () => {
    const text = definitionWith('variables: {a: yes, b: 017, c: 1e3, d: 2025-10-07, e: 0x1f, f: ~}');
    expect(definitionOf(text).variables).toEqual({
      a: 'yes',
      b: 17,
      c: 1000,
      d: '2025-10-07',
      e: 31,
      f: null,
    });
  });
});

describe('the hash of a definition', () => {
  const text = definitionText('- {id: a, uses: x}');

  test('is that of what it says, not of how it is laid out', () => {
    const other = `# a comment\n///▙▖▙▖\n${text.replace('version: 1', 'version:   1  # the first')}//▙▖ end\n`;
    expect(loadedOf(other).ref).toEqual(loadedOf(text).ref);
    expect(loadedOf(text).ref).toEqual({
      id: 'under-test',
      version: 1,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('changes with every word', () => {
    expect(loadedOf(text.replace('uses: x', 'uses: y')).ref.hash).not.toBe(loadedOf(text).ref.hash);
  });
});

describe('decoration', () => {
  const text = definitionText('- {id: a, uses: x}');

  test('around the YAML is kept, and moves no line', () => {
    const decorated = `# plain comment\n///▙▖▙▖▞▙\n▛//▞ ⟦▞⟧ :: ⧗-25.61 // X ▞\n〔atlas.legacy〕 :: ∎\n${text}\n//▙▖▙▖〘・.°▞〙\n`;
    expect(loadedOf(decorated).banner).toBe(
      '///▙▖▙▖▞▙\n▛//▞ ⟦▞⟧ :: ⧗-25.61 // X ▞\n〔atlas.legacy〕 :: ∎\n//▙▖▙▖〘・.°▞〙',
    );
    expect(loadedOf(decorated).text).toBe(decorated);
    const broken = loadDefinition({ file: 'w.yaml', content: decorated.replace('uses', 'usse') });
    expect(broken.ok ? [] : broken.problems[0]).toMatchObject({
      line: 9,
      column: 15,
      code: 'definition.unknown-key',
    });
  });

  test('is not a way to hide keys', () => {
    const result = loadDefinition({ file: 'w.yaml', content: `version: 2\n${text}` });
    expect(
      result.ok ? [] : result.problems.map((each) => `${each.line}:${each.column} ${each.code}`),
    ).toEqual(['1:1 definition.unknown-key']);
  });

  test('inside of the YAML is an error', () => {
    const result = loadDefinition({ file: 'w.yaml', content: text.replace('  tasks', '▛//▞\n  tasks') });
    expect(result.ok).toBe(false);
  });
});

function loadedOf(content: string): LoadedDefinition {
  const result = loadDefinition({ file: 'w.yaml', content });
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 2));

  return result.loaded;
}

function definitionOf(content: string): Definition {
  return loadedOf(content).definition;
}
