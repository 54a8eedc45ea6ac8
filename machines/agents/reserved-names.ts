/** Whether commands by this name mean something of ours, so that no principal can be called so. */
export function isReservedName(name: string): boolean {
  return name === 'engine' || name === 'anyone' || name.startsWith('worker:');
}

export const reservedNamesText = '"engine", "anyone" and "worker:..." are taken';
