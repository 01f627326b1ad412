import { EnrolmentError } from './accounts.ts'

/** The one sentence for each refusal, the same in every driver. */
export const refusals = {
  unknown: (box: string) => new EnrolmentError('box-unknown', `${box} is not enrolled`),
  taken: (box: string) => new EnrolmentError('box-taken', `${box} is enrolled with another key`),
  revoked: (box: string) => new EnrolmentError('box-revoked', `${box} was revoked`),
  codeUnknown: () => new EnrolmentError('code-unknown', 'there is no such code'),
  codeExpired: () => new EnrolmentError('code-expired', 'the code has expired'),
  codeUsed: () => new EnrolmentError('code-used', 'the code was used'),
}
