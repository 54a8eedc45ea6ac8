// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the tests are written in our own language.
// Whatever is typed and whatever the data: no exception, no `undefined`, nothing evaluated twice. Method:
// properties over random texts, half of them made of the pieces the language is made of, and over random JSON.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { compileTemplate, type Rendered } from '../../../machines/expressions/template.ts';

function render(source: Json, a: unknown): Rendered {
  const compiled = compileTemplate(source);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));

  return compiled.template.render({ a });
}

const fragments = [
  '${',
  '}',
  '$${',
  '"',
  "'",
  '.',
  '?',
  '[',
  ']',
  '(',
  ')',
  '{',
  ':',
  'a',
  '1',
  ' ',
  '\\',
  '//',
  '\n',
  '+',
  'loop',
  'has(',
  '.map(x,',
  '"""',
  'r"',
  '&&',
  ',',
  '😀',
  '\ud800',
];

test('never throws, whatever is typed', () => {
  const typed = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom(...fragments)).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(typed, fc.jsonValue(), (text, value) => {
      for (const source of [text, `\${${text}}`]) {
        const compiled = compileTemplate({ source });
        if (!compiled.ok) {
          for (const { offset, message } of compiled.problems) {
            expect(offset).toBeLessThanOrEqual(source.length);
            expect(message).not.toMatch(/undefined|object Object/);
          }
          continue;
        }
        const rendered = compiled.template.render({ a: value });
        if (rendered.ok) expect(JSON.stringify(rendered.value)).toBeTypeOf('string');
      }
    }),
    { numRuns: 3000 },
  );
});

test('hands data through exactly as it is', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      expect(render({ v: '${a}' }, value)).toStrictEqual({ ok: true, value: { v: value } });
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      expect(render('<${a}>', value)).toStrictEqual({ ok: true, value: `<${text}>` });
    }),
  );
});
