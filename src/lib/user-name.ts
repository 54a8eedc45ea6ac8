import { userInfo } from 'node:os';

/** The login name of whoever runs this process. In a container the user may have no name, only a number. */
export function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
