/**
 * Whether a path of the project leads to what is ours, or through it. Files there start no run: every run writes some,
 * and so each would start the next.
 */
export function isOwnFile(path: string): boolean {
  return path.split(/[\\/]/).some((name) => name.startsWith('.3ox'));
}
