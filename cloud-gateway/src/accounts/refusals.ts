import { EnrolmentError, type EnrolmentRefusal } from './accounts.ts'

/** The one sentence for each refusal, the same in every driver. */
const sentences: Record<EnrolmentRefusal, (box: string) => string> = {
  'box-malformed': () => 'a box id is 3 to 63 characters of a-z, 0-9 and -',
  'box-unknown': (box) => `${box} is not enrolled`,
  'box-taken': (box) => `${box} is enrolled with another key`,
  'box-revoked': (box) => `${box} was revoked; its key never comes back, a new one may be enrolled`,
  'code-unknown': () => 'there is no such code',
  'code-expired': () => 'the code has expired',
  'code-used': () => 'the code was used',
  'key-refused': () => 'the public key is refused',
}

export function refusal(code: EnrolmentRefusal, box = ''): EnrolmentError {
  return new EnrolmentError(code, sentences[code](box))
}
