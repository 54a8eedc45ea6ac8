/** A mistake that an engineer could have made, as a change of the built code. */
export type Bug = {
  readonly name: string;
  /** What the careless engineer wrote. */
  readonly what: string;
  /** Under `dist/`. */
  readonly file: string;
  /** Occurs exactly once in the file; white space counts as one blank. */
  readonly find: string;
  readonly replace: string;
  /** It shows in so few seeds, or in none yet, that it is hunted on demand. */
  readonly rare?: true;
};

/** A change that looks like a mistake and does no harm: `because` says what else keeps the engine safe. */
export type SafeChange = Bug & { readonly because: string };

/** The code with the mistake in it. Throws when the mistake does not fit the code any more. */
export function withBug({ name, file, find, replace }: Bug, code: string): string {
  const pattern = find.trim().split(/\s+/).map(literally).join('\\s+');
  const places = [...code.matchAll(new RegExp(pattern, 'g'))];
  const [place] = places;
  if (place === undefined || places.length > 1) {
    throw new Error(
      `the bug "${name}" no longer fits the code: ${file} holds its \`find\` ${places.length} times, not once. ` +
        'The code was changed, or dist/ is older than it: run `npm run build`, then look at the bug in test/simulation/bugs/',
    );
  }

  return code.slice(0, place.index) + replace + code.slice(place.index + place[0].length);
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
