/** On every file, shown or saved: its type is not guessed, and what it holds runs nowhere. */
export const fileHeaders = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': 'sandbox',
} as const;
