/** Why a glob cannot be read: an opening bracket without its closing one would be taken as part of a name. */
export function unreadableGlob(glob: string): string | undefined {
  // What is in a class, such as [[] or [{], stands for itself.
  const rest = glob.replace(/\[\[?[^[\]]*\]/g, '');
  const open = rest.includes('[') ? '[' : rest.split('{').length > rest.split('}').length ? '{' : undefined;
  if (open === undefined) return undefined;

  return `the glob has a ${open} that is never closed; write [${open}] for the character itself`;
}
