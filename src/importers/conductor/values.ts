import type { Json } from '../../../events/canonical-json.ts';
import { concatenated, fromJson, literal } from './cel/make.ts';
import type { Cel } from './cel/tree.ts';
import { piecesOf } from './source/path.ts';

/** A value of `inputParameters` as one expression, for putting it into another one. */
export function inputValue(value: Json, resolve: (text: string) => Cel): Cel {
  return fromJson(value, (text) => {
    const pieces = piecesOf(text);
    const [only] = pieces;
    if (pieces.length === 1 && only?.kind === 'reference') return resolve(only.text);

    return concatenated(
      pieces.map((piece) => (piece.kind === 'text' ? literal(piece.text) : resolve(piece.text))),
    );
  });
}
