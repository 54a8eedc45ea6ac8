import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { hoverTooltip } from '@codemirror/view';
import { type DocsOptions, docsAt } from '../../editing/docs-at.ts';
import { expressionAt } from '../../editing/expression-place.ts';
import { type OfferedWord, offeredWords } from '../../editing/expression-words.ts';
import { type EditorNames, offeredNames } from '../../editing/offered-names.ts';
import { offeredAt } from '../../editing/schema-keys.ts';
import { yamlPlaceAt } from '../../editing/yaml-place.ts';

/** What the editor knows of the language and of the text; parts of it come late or never. */
export type EditorKnowledge = DocsOptions & { readonly names?: EditorNames | undefined };

export type KnownLater = {
  readonly known: () => EditorKnowledge;
  /** Resolves once the schema of the language is known: whoever types before that is waited for with the offer. */
  readonly whenSchema: () => Promise<void>;
};

/** Offers the words of expressions, and everywhere else the keys and values of the language. */
export function completing({ known, whenSchema }: KnownLater) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const words = wordsAt(context, known());
    if (words !== null) return words;
    if (known().schema === undefined) await whenSchema();

    return context.aborted ? null : keysAt(context, known());
  };
}

/** Tells what a key or a word of an expression is for, once the pointer rests on it. */
export function hovering(known: () => EditorKnowledge) {
  return hoverTooltip((view, offset) => {
    const docs = docsAt(view.state.doc.toString(), offset, known());
    if (docs === undefined) return null;

    return { pos: docs.from, end: docs.to, above: true, create: () => ({ dom: docsBox(docs) }) };
  });
}

function docsBox({ title, doc }: { readonly title: string; readonly doc: string }): HTMLElement {
  const box = document.createElement('div');
  box.className = 'cm-word-docs';
  const name = document.createElement('strong');
  name.textContent = title;
  const about = document.createElement('p');
  about.textContent = doc;
  box.append(name, about);

  return box;
}

function wordsAt(context: CompletionContext, { words }: EditorKnowledge): CompletionResult | null {
  if (words === undefined) return null;
  const text = context.state.doc.toString();
  const place = expressionAt(text, context.pos, words.vocabulary.conditionKeys);
  if (place === undefined) return null;
  const isBegun = place.word !== '' || place.of !== undefined || text.endsWith('${', context.pos);
  if (!isBegun && !context.explicit) return null;

  return {
    from: place.from,
    options: offeredWords(place, yamlPlaceAt(text, context.pos), words).map(completionOf),
    validFor: /^\w*$/,
  };
}

function completionOf({ label, apply, detail, doc, kind }: OfferedWord): Completion {
  return {
    label,
    type: kind,
    ...(apply === undefined ? {} : { apply }),
    ...(detail === '' ? {} : { detail }),
    ...(doc === '' ? {} : { info: doc }),
  };
}

function keysAt(context: CompletionContext, { schema, names }: EditorKnowledge): CompletionResult | null {
  const word = context.matchBefore(/[\w.-]*/);
  if (schema === undefined || word === null || (word.from === word.to && !context.explicit)) return null;
  const place = yamlPlaceAt(context.state.doc.toString(), context.pos);
  const ending = place.key === undefined ? ': ' : '';

  const named = names === undefined ? [] : offeredNames(place, names);
  const keys = offeredAt(schema, place).map(({ label, detail, isRequired }) => ({
    label,
    apply: `${label}${ending}`,
    ...(detail === '' ? {} : { info: detail }),
    ...(isRequired ? { detail: 'required', boost: 1 } : {}),
  }));

  return {
    from: word.from,
    options: [
      ...named.map(({ name, about }) => ({ label: name, ...(about === '' ? {} : { detail: about }) })),
      ...keys,
    ],
    validFor: /^[\w.-]*$/,
  };
}
