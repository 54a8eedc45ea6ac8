/** The most labels of a run, and the most inputs that it is found by. */
export const labelsMax = 20;
export const searchableMax = 8;
/** Lists show them in a line: what is longer is kept by its beginning. */
export const searchedCharactersMax = 200;

/** Labels that are read of the definition, whatever a run was given: whose it is, how far it reaches, its goals. */
const ofDefinitions: ReadonlySet<string> = new Set(['department', 'domain', 'serves', 'stratos', 'workset']);

/** Whether a label may have another value in each run. */
export function mayDiffer(name: string): boolean {
  return !ofDefinitions.has(name);
}

/** The text without what is too long, and without half of a character at the end. */
export function searchedText(text: string): string {
  return text.slice(0, searchedCharactersMax).replace(/[\ud800-\udbff]$/, '');
}
