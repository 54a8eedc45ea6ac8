/** An expression has no equivalent. The message is the reason, for the report. */
export class Untranslatable extends Error {
  override readonly name = 'Untranslatable';
  readonly code = 'import.untranslatable';
}
