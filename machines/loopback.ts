/** Whether the name of a host always resolves to this machine, so that no name server can point it elsewhere. */
export function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
}
