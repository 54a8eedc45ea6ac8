const digits = '0123456789abcdefghjkmnpqrstvwxyz';
const timeLength = 10;
const idLength = 26;

/** The id of a run that is made now. As in the product (ULID) it begins with the time, so that its age is known. */
export function runIdAt(nowMs: number, serial: number): string {
  let rest = Math.floor(nowMs);
  let time = '';
  for (let place = 0; place < timeLength; place += 1) {
    time = `${digits[rest % digits.length] ?? ''}${time}`;
    rest = Math.floor(rest / digits.length);
  }

  return time + String(serial).padStart(idLength - timeLength, '0');
}
