// An export is verified with nothing but itself. These tests pin down that every kind of damage is found and called by
// its name, at the event where it is. Method: a run of the real core, exported, damaged in one way, verified.
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../events/canonical-json.ts';
import type { RunExport } from '../../../machines/audit/export-format.ts';
import { verifyExport } from '../../../machines/audit/verify-export.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import { forged, textOf, wholeExport } from './exported-run.ts';

const whole = wholeExport();
const count = whole.records.length;

function verify(document: RunExport) {
  return verifyExport(textOf(document));
}

function found(change: Partial<RunExport>): readonly string[] {
  return verify({ ...whole, ...change }).problems.map(({ code, sequence }) =>
    sequence === undefined ? code : `${code} ${sequence}`,
  );
}

function without(index: number): readonly string[] {
  return whole.records.filter((_, at) => at !== index);
}

/** The records with one of them replaced. */
function replaced(index: number, by: (body: string) => string): string[] {
  return whole.records.map((body, at) => (at === index ? by(body) : body));
}

test('an export that nobody touched is sound, and every record folds again to the same bytes', () => {
  expect(count).toBeGreaterThan(5);
  expect(verify(whole)).toMatchObject({
    problems: [],
    run: 'test-run',
    events: count,
    folded: count,
    status: 'COMPLETED',
    definitions: [{ id: 'pay', version: 3 }],
  });
});

test('an edit of one byte, wherever in whichever record, is found and its event named', () => {
  for (const [index, body] of whole.records.entries()) {
    for (let place = 0; place < 20; place += 1) {
      const at = Math.floor((body.length * (place + 0.5)) / 20);
      const other = body[at] === '1' ? '2' : '1';
      const records = replaced(index, (text) => text.slice(0, at) + other + text.slice(at + 1));
      const [first] = verify({ ...whole, records }).problems;
      expect({ index, at, first }).toMatchObject({ first: { code: 'audit.edited', sequence: index + 1 } });
    }
  }
});

test.each(whole.records.map((_, index) => index).slice(0, -1))(
  'record %i that is left out is a gap',
  (index) => {
    expect(found({ records: [...without(index)] })).toContain(`audit.gap ${index + 1}`);
  },
);

test('records at the end that are left out are a truncation, since the head is known', () => {
  expect(found({ records: whole.records.slice(0, -1) })).toEqual([`audit.truncated ${count}`]);
  expect(found({ records: whole.records.slice(0, 3) })).toEqual(['audit.truncated 4']);
});

test('a truncation with its head edited cannot be told from a shorter run where nobody has signed', () => {
  const records = whole.records.slice(0, -1);
  const { sequence, hash } = JSON.parse(records.at(-1) ?? '');

  expect(found({ records, head: { sequence, hash } })).toEqual([]);
});

test.each(whole.records.map((_, index) => index).slice(0, -1))(
  'records %i and the next that are swapped are out of order',
  (index) => {
    const records = [...whole.records];
    records.splice(index, 2, whole.records[index + 1] ?? '', whole.records[index] ?? '');

    expect(found({ records })).toEqual([`audit.reordered ${index + 1}`]);
  },
);

test.each(whole.records.map((_, index) => index))('record %i that is there twice is named', (index) => {
  const records = whole.records.flatMap((body, at) => (at === index ? [body, body] : [body]));

  expect(found({ records })).toEqual([`audit.repeated ${index + 1}`]);
});

test('a record of another run is named, whether it stands in the place of one or between two', () => {
  const foreign = forged(whole.records[3] ?? '', (record) => Object.assign(record, { id: 'other-run/4' }));

  expect(found({ records: replaced(3, () => foreign) })).toContain('audit.foreign 4');
  expect(found({ records: whole.records.toSpliced(3, 0, foreign) })).toContain('audit.foreign 4');
});

test('a record that is edited with its hash made new breaks the chain to the next', () => {
  const records = replaced(4, (body) => forged(body, (record) => Object.assign(record, { actor: 'eve' })));

  expect(found({ records })).toContain('audit.chain 6');
});

test('a history whose hashes were all made new is found where it does not fold to what it says', () => {
  const records = rehashed((record) => Object.assign(record['data'] as object, { transitions: [] }));
  const last = JSON.parse(records.at(-1) ?? '');

  expect(found({ records, head: { sequence: count, hash: last.hash } })).toEqual(['audit.differs 4']);
  // What nothing follows from can be written anew, head and all: that is what signatures are for.
  const actors = rehashed((record) => Object.assign(record, { actor: 'eve' }));
  expect(
    found({ records: actors, head: { sequence: count, hash: JSON.parse(actors.at(-1) ?? '').hash } }),
  ).toEqual([]);
});

test('an event that no state of the definition takes is named', () => {
  const records = rehashed((record) => {
    const { data } = record as { data: { fact: object } };
    Object.assign(record, { type: 'run.resumed', data: { ...data, fact: {} } });
  });

  expect(found({ records, head: { sequence: count, hash: JSON.parse(records.at(-1) ?? '').hash } })).toEqual([
    'audit.unexplained 4',
  ]);
});

test('a head that names another record is named', () => {
  expect(found({ head: { ...whole.head, hash: 'a'.repeat(64) } })).toEqual([`audit.head ${count}`]);
  expect(found({ head: { ...whole.head, sequence: count - 1 } })).toEqual([`audit.head ${count - 1}`]);
});

test('another definition, none, or one too many is named', () => {
  const [{ ref, text } = { ref: { id: '', version: 1, hash: '' }, text: '' }] = whole.definitions;
  const other = text.replace('> 100', '> 900');

  expect(found({ definitions: [{ ref, text: other }] })).toEqual(['audit.definition']);
  expect(found({ definitions: [{ ref, text: 'nothing' }] })).toEqual(['audit.definition']);
  expect(found({ definitions: [{ ref: { ...ref, version: 4 }, text }] })).toEqual(['audit.definition']);
  expect(found({ definitions: [] })).toEqual(['audit.definition']);
});

test('a definition that is there twice is named, be it with the same text or another one of the same hash', () => {
  const [{ ref, text } = { ref: { id: '', version: 1, hash: '' }, text: '' }] = whole.definitions;
  const twice = (other: string) => found({ definitions: [...whole.definitions, { ref, text: other }] });

  expect(twice(text)).toEqual(['audit.definition']);
  expect(twice(text.replace('A comment', 'Another comment'))).toEqual(['audit.definition']);
});

test.each(['no JSON', '{"b":1,"a":2}', '[1, 2]', '['.repeat(100) + ']'.repeat(100)])(
  'a large value whose digest fits, but whose text %s is no canonical JSON, is named',
  (text) => {
    const digest = sha256Hex(text);

    expect(found({ records: withBlob(digest), blobs: { [digest]: text } })).toContain('audit.blob 1');
  },
);

test('a value that is canonical JSON is what was stored', () => {
  const text = canonicalJson({ rows: [1, 'two'] });
  const digest = sha256Hex(text);

  expect(found({ records: withBlob(digest), blobs: { [digest]: text } })).not.toContain('audit.blob 1');
});

test('a file that is no export, or one of a later format, is refused with the reason', () => {
  expect(verifyExport('{').problems).toMatchObject(
    [{ code: 'audit.format', message: /not JSON/ }].map(matching),
  );
  expect(verifyExport('{"format":"3ox-audit/9"}').problems).toMatchObject(
    [{ code: 'audit.format', message: /this program reads "3ox-audit\/1"/ }].map(matching),
  );
  expect(verifyExport('[]').problems).toMatchObject([{ code: 'audit.format' }]);
});

test('the same content in another text is found: nothing can hide in white space or double keys', () => {
  const text = textOf(whole);
  const problems = (changed: string) => verifyExport(changed).problems.map(({ code }) => code);

  expect(problems(JSON.stringify(JSON.parse(text)))).toEqual(['audit.rewritten']);
  expect(problems(text.replace('"run"', '"run": "other-run",\n "run"'))).toEqual(['audit.rewritten']);
  expect(problems(`${text}\n`)).toEqual(['audit.rewritten']);
});

function matching({ code, message }: { code: string; message: RegExp }) {
  return { code, message: expect.stringMatching(message) };
}

/** The records, the first of which refers to a large value. */
function withBlob(digest: string): string[] {
  return replaced(0, (body) =>
    forged(body, (record) => {
      const { fact } = record['data'] as { fact: { input: Record<string, unknown> } };
      fact.input['amount'] = { $blob: { digest, bytes: 9 } };
    }),
  );
}

/** All records from event 4 on made new after event 4 was changed, as somebody would who can write the whole file. */
function rehashed(change: (record: Record<string, unknown>) => void): string[] {
  let before = JSON.parse(whole.records[2] ?? '').hash as string;

  return whole.records.map((body, index) => {
    if (index < 3) return body;
    const text = forged(body, (record) => {
      Object.assign(record, { previoushash: before });
      if (index === 3) change(record);
    });
    before = JSON.parse(text).hash;
    return text;
  });
}
