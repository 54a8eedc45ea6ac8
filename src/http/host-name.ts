/** The name in a Host header, in lower case, without the port: `localhost`, `127.0.0.1`, `[::1]`. Empty for none. */
export function nameOfHost(header: string): string {
  const [, name = ''] = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(header) ?? [];

  return name.toLowerCase();
}

/** Whether the name always leads to the machine itself, so that no name server can point it elsewhere. */
export function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
}
