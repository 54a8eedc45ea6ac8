const stationName = /^[a-z0-9][a-z0-9-]{0,30}$/;

export const stationNameRule = 'the name of a station: lower-case letters, digits and -, at most 31';

/** Names become parts of subjects, of the names of users, and of domains. */
export function isStationName(name: string): boolean {
  return stationName.test(name);
}

/** The users that the server of a project has anyway: a station of such a name could not be told from them. */
export const reservedStationNames: readonly string[] = ['project', 'monitor', 'stations'];

/** Whether a name is one of those that are granted. */
export function isGranted(granted: readonly string[], name: string): boolean {
  return granted.some((each) => {
    const parts = each.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`, 'su').test(name);
  });
}
