/** Why somebody asked for something, in their words. */
export type Why = { readonly reason?: string | undefined };

export function reasonOf({ reason }: Why): { reason?: string } {
  return reason === undefined ? {} : { reason };
}
